// Any bytes in any pieces: the lines are those of the bytes, wherever the pieces end.
#include <glog/logging.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/line_splitter.h"
#include "supervisor/base/fuzz_input.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr size_t kLongest = 60;
constexpr size_t kShown = kLongest - 40;
constexpr uint64_t kStart = 1000;

struct Line {
  std::string text;
  uint64_t end;
  bool operator==(const Line&) const = default;
};

// What the header promises, in plain words.
std::vector<Line> Expected(absl::string_view bytes) {
  std::vector<Line> lines;
  uint64_t offset = kStart;
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    std::string text(bytes.substr(0, newline));
    const size_t taken = std::min(bytes.size(), text.size() + 1);
    bytes.remove_prefix(taken);
    offset += taken;
    if (text.size() > kLongest) {
      text = absl::StrCat(text.substr(0, kShown), " [cut: ", text.size() - kShown, " more bytes]");
    } else if (!text.empty() && text.back() == '\r') {
      text.pop_back();
    }
    lines.push_back({text, offset});
  }
  return lines;
}

void Take(const std::optional<LineSplitter::Line>& line, std::vector<Line>* lines) {
  CHECK_LE(line->text.size(), kLongest);
  lines->push_back({std::string(line->text), line->end});
}

void Test(FuzzInput input) {
  const size_t piece = 1 + input.Below(100);
  const size_t step = 1 + input.Below(100);
  absl::string_view rest = input.Rest();
  const std::vector<Line> expected = Expected(rest);
  std::vector<Line> lines;
  LineSplitter splitter(kStart, kLongest, piece);
  while (!rest.empty()) {
    const absl::Span<char> space = splitter.Space();
    CHECK(!space.empty());
    const absl::string_view next = rest.substr(0, std::min(step, space.size()));
    rest.remove_prefix(next.size());
    std::copy(next.begin(), next.end(), space.begin());
    splitter.Added(next.size());
    while (const auto line = splitter.Next()) {
      Take(line, &lines);
      CHECK_EQ(splitter.offset(), line->end);
    }
  }
  if (const auto line = splitter.Flush()) Take(line, &lines);
  CHECK(lines == expected);
  CHECK_EQ(splitter.end(), splitter.offset());
}

}  // namespace
}  // namespace mesos_executor::log_shipper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::log_shipper::Test({data, size});
  return 0;
}
