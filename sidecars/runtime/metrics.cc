#include "sidecars/runtime/metrics.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mesos_executor::sidecar {
namespace {

// `{a="1",b="2"}`, or nothing.
std::string Written(const Metrics::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    absl::StrAppend(&text, text.empty() ? "{" : ",", name, "=\"",
                    absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                    "\"");
  }
  return text.empty() ? text : text + "}";
}

}  // namespace

Metrics::Family& Metrics::FamilyOf(absl::string_view name, absl::string_view help) {
  const auto [found, is_new] = families_.try_emplace(std::string(name));
  if (is_new) found->second.help = std::string(help);
  return found->second;
}

Metrics::Counter& Metrics::CounterOf(absl::string_view name, absl::string_view help,
                                     const Labels& labels) {
  return FamilyOf(name, help).counters[Written(labels)];
}

void Metrics::SetGauge(absl::string_view name, absl::string_view help, const Labels& labels,
                       absl::AnyInvocable<double()> read) {
  FamilyOf(name, help).gauges[Written(labels)] = std::move(read);
}

void Metrics::RemoveGauge(absl::string_view name, const Labels& labels) {
  const auto family = families_.find(name);
  if (family != families_.end()) family->second.gauges.erase(Written(labels));
}

std::string Metrics::Text() {
  std::string text;
  for (auto& [name, family] : families_) {
    if (family.counters.empty() && family.gauges.empty()) continue;
    absl::StrAppend(&text, "# HELP ", name, " ",
                    absl::StrReplaceAll(family.help, {{"\\", "\\\\"}, {"\n", "\\n"}}), "\n# TYPE ",
                    name, family.gauges.empty() ? " counter\n" : " gauge\n");
    for (const auto& [labels, counter] : family.counters) {
      absl::StrAppend(&text, name, labels, " ", counter.value(), "\n");
    }
    for (auto& [labels, read] : family.gauges) {
      absl::StrAppend(&text, name, labels, " ", read(), "\n");
    }
  }
  return text;
}

}  // namespace mesos_executor::sidecar
