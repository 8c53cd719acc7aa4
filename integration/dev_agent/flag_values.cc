#include "integration/dev_agent/flag_values.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::dev_agent {

absl::Status Wrong(absl::string_view option, absl::string_view value, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", option, " ", value, ": expected ", expected));
}

std::string Values::Text(const char* name) const {
  return Has(name) ? map_[name].as<std::string>() : "";
}

Texts Values::List(const char* name) const { return Has(name) ? map_[name].as<Texts>() : Texts(); }

absl::Status Values::Read(const char* name, absl::Duration* duration) const {
  const auto parsed = ParseDuration(Text(name));
  if (!parsed.ok()) return Wrong(name, Text(name), "a duration like 5s, 1m30s or 90secs");
  *duration = *parsed;
  return absl::OkStatus();
}

absl::Status Values::Read(const char* name, std::optional<absl::Duration>* duration) const {
  return Has(name) ? Read(name, &duration->emplace()) : absl::OkStatus();
}

absl::Status Values::Read(const char* name, uint32_t max, uint32_t* number) const {
  if (absl::SimpleAtoi(Text(name), number) && *number <= max) return absl::OkStatus();
  return Wrong(name, Text(name), absl::StrCat("a number from 0 to ", max));
}

absl::Status Values::Read(const char* name, absl::string_view first_word,
                          absl::string_view second_word, bool* second) const {
  *second = Text(name) == second_word;
  if (*second || Text(name) == first_word) return absl::OkStatus();
  return Wrong(name, Text(name), absl::StrCat(first_word, " or ", second_word));
}

absl::Status Values::Read(const char* name,
                          std::vector<std::pair<std::string, std::string>>* pairs) const {
  for (const std::string& text : List(name)) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return Wrong(name, text, "KEY=VALUE");
    pairs->emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return absl::OkStatus();
}

}  // namespace mesos_executor::dev_agent
