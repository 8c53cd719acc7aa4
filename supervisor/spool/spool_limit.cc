#include "supervisor/spool/spool_limit.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::spool {
namespace {

constexpr absl::string_view kSetting = "SERVICELOG_SPOOL_LIMIT";
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kDefault = 256 * kMiB;
// A bound that a single second of output passes over would only lose lines.
constexpr uint64_t kLeast = kMiB;
constexpr uint64_t kMost = uint64_t{1} << 40;

std::optional<uint64_t> Parse(absl::string_view text) {
  uint64_t unit = 1;
  if (!text.empty()) {
    switch (absl::ascii_tolower(text.back())) {
      case 'k':
        unit = uint64_t{1} << 10;
        break;
      case 'm':
        unit = kMiB;
        break;
      case 'g':
        unit = uint64_t{1} << 30;
        break;
    }
    if (unit > 1) text.remove_suffix(1);
  }
  uint64_t number;
  if (!absl::SimpleAtoi(text, &number) || number > kMost / unit || number * unit < kLeast) {
    return std::nullopt;
  }
  return number * unit;
}

uint64_t Default(const mesos::v1::TaskInfo& task) {
  // Mesos' doubles may be anything; a comparison with NaN is false.
  double disk = 0;
  for (const mesos::v1::Resource& resource : task.resources()) {
    if (resource.name() == "disk") disk += resource.scalar().value();
  }
  if (!(disk > 0)) return kDefault;
  const double half = std::min(disk / 2 * static_cast<double>(kMiB), static_cast<double>(kDefault));
  return std::max(kLeast, static_cast<uint64_t>(half));
}

}  // namespace

SpoolLimit SpoolLimitOf(const mesos::v1::TaskInfo& task, const Environment& environment) {
  SpoolLimit limit;
  uint64_t both = Default(task);
  const std::string set = environment.Setting(kSetting).value_or("");
  if (const auto parsed = Parse(set)) {
    both = *parsed;
  } else if (!set.empty()) {
    limit.warning =
        absl::StrCat(kSetting, "=\"", absl::CHexEscape(set.substr(0, 200)),
                     "\" is not a number of bytes from 1M to 1024G; taken instead: ", both);
  }
  limit.bytes = both / 2;
  return limit;
}

}  // namespace mesos_executor::spool
