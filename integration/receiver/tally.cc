#include "integration/receiver/tally.h"

#include <string.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::receiver {
namespace {

constexpr std::string_view kNumber = "\"seq\":";

constexpr std::pair<const char*, uint64_t Counts::*> kFields[] = {
    {"lines", &Counts::lines},       {"bytes", &Counts::bytes},
    {"distinct", &Counts::distinct}, {"repeated", &Counts::repeated},
    {"late", &Counts::late},         {"connections", &Counts::connections},
    {"overruns", &Counts::overruns},
};

}  // namespace

std::string Counts::Text() const {
  std::string text;
  for (const auto& [name, field] : kFields) {
    absl::StrAppend(&text, text.empty() ? "" : " ", name, "=", this->*field);
  }
  return text;
}

Counts Counts::FromText(std::string_view text) {
  Counts counts;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(text.data(), text.size()), ' ')) {
    const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(part, '=');
    for (const auto& [name, field] : kFields) {
      if (pair.first == name) static_cast<void>(absl::SimpleAtoi(pair.second, &(counts.*field)));
    }
  }
  return counts;
}

void Tally::Add(std::string_view lines) {
  counts.bytes += lines.size();
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end);
    ++counts.lines;
    if (!numbers_) continue;
    const void* found = memmem(line.data(), line.size(), kNumber.data(), kNumber.size());
    if (found == nullptr) continue;
    uint64_t number = 0;
    const char* const digits = static_cast<const char*>(found) + kNumber.size();
    const auto [after, error] = std::from_chars(digits, line.data() + line.size(), number);
    if (error == std::errc() && after != digits && number < kMaxNumber) AddNumber(number);
  }
}

void Tally::AddNumber(uint64_t number) {
  if (number >= seen_.size()) seen_.resize(std::max<size_t>(number + 1, 2 * seen_.size()));
  if (seen_[number]) {
    ++counts.repeated;
    return;
  }
  seen_[number] = true;
  ++counts.distinct;
  if (number < highest_) ++counts.late;
  highest_ = std::max(highest_, number);
}

}  // namespace mesos_executor::receiver
