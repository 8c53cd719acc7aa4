#include "supervisor/base/duration_text.h"

#include <array>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mesos_executor {
namespace {

constexpr size_t kMaxLength = 64;

struct Unit {
  absl::string_view name;
  absl::Duration length;
};

const std::array<Unit, 8>& MesosUnits() {
  static const std::array<Unit, 8> units = {{{"ns", absl::Nanoseconds(1)},
                                             {"us", absl::Microseconds(1)},
                                             {"ms", absl::Milliseconds(1)},
                                             {"secs", absl::Seconds(1)},
                                             {"mins", absl::Minutes(1)},
                                             {"hrs", absl::Hours(1)},
                                             {"days", absl::Hours(24)},
                                             {"weeks", absl::Hours(7 * 24)}}};
  return units;
}

bool Acceptable(absl::Duration duration) {
  return duration >= absl::ZeroDuration() && duration < absl::InfiniteDuration();
}

std::optional<absl::Duration> Mesos(absl::string_view text) {
  if (text.size() > kMaxLength) return std::nullopt;
  const size_t unit_at = text.find_first_not_of("0123456789.");
  if (unit_at == 0 || unit_at == text.npos) return std::nullopt;
  for (const Unit& unit : MesosUnits()) {
    if (text.substr(unit_at) != unit.name) continue;
    const absl::string_view digits = text.substr(0, unit_at);
    // A whole number stays exact.
    absl::Duration duration;
    int64_t whole;
    double number;
    if (absl::SimpleAtoi(digits, &whole)) {
      duration = whole * unit.length;
    } else if (absl::SimpleAtod(digits, &number)) {
      duration = number * unit.length;
    } else {
      return std::nullopt;
    }
    return Acceptable(duration) ? std::optional(duration) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<absl::Duration> Go(absl::string_view text) {
  if (text.size() > kMaxLength) return std::nullopt;
  // Go takes the micro sign and the Greek letter.
  const std::string ascii = absl::StrReplaceAll(text, {{"\u00b5s", "us"}, {"\u03bcs", "us"}});
  absl::Duration duration;
  if (!absl::ParseDuration(ascii, &duration) || !Acceptable(duration)) return std::nullopt;
  return duration;
}

absl::Status Refusal(absl::string_view text, absl::string_view expected) {
  const bool cut = text.size() > kMaxLength;
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxLength)),
                                                 cut ? "…" : "", "\" is not a duration: write ",
                                                 expected, ", neither negative nor infinite"));
}

constexpr absl::string_view kMesosSpelling =
    "a number and a unit (ns us ms secs mins hrs days weeks), such as 90secs";
constexpr absl::string_view kGoSpelling = "numbers with units (h m s ms us ns), such as 1m30s";

}  // namespace

absl::StatusOr<absl::Duration> ParseMesosDuration(absl::string_view text) {
  if (const auto duration = Mesos(text)) return *duration;
  return Refusal(text, kMesosSpelling);
}

absl::StatusOr<absl::Duration> ParseGoDuration(absl::string_view text) {
  if (const auto duration = Go(text)) return *duration;
  return Refusal(text, kGoSpelling);
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  if (const auto duration = Mesos(text)) return *duration;
  if (const auto duration = Go(text)) return *duration;
  return Refusal(text, "1m30s or 90secs");
}

}  // namespace mesos_executor
