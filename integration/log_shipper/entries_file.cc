#include "integration/log_shipper/entries_file.h"

#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mesos_executor::receiver {

const Counts& EntriesFile::Look() {
  std::vector<char> piece(1 << 20);
  file_.clear();
  while (file_.read(piece.data(), piece.size()) || file_.gcount() > 0) {
    rest_.append(piece.data(), file_.gcount());
    const size_t whole = rest_.rfind('\n') + 1;
    tally_.Add(std::string_view(rest_).substr(0, whole));
    rest_.erase(0, whole);
  }
  return tally_.counts;
}

bool EntriesFile::Await(uint64_t distinct) {
  uint64_t lines = 0;
  absl::Time news = absl::Now();
  while (Look().distinct < distinct) {
    const absl::Time now = absl::Now();
    if (counts().lines > lines) news = now;
    if (now - news > absl::Minutes(1)) return false;
    lines = counts().lines;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace mesos_executor::receiver
