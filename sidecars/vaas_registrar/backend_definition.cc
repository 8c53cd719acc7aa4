#include "sidecars/vaas_registrar/backend_definition.h"

#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/duration_text.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::vaas {
namespace {

using lifecycle::v1::Port;
using lifecycle::v1::Task;

constexpr absl::string_view kWeightSetting = "VAAS_INITIAL_WEIGHT";
constexpr absl::string_view kCanary = "canary";
constexpr absl::string_view kRamp = "executor-weight-ramp";
constexpr absl::string_view kDrainDelay = "executor-drain-delay";
constexpr absl::Duration kMaxDuration = absl::Hours(24);
constexpr int kMaxWeight = 100;
// More than anybody routes one task by.
constexpr size_t kMaxDirectors = 32;
// VaaS itself allows 54.
constexpr size_t kMaxName = 128;

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  const auto fits = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
  };
  if (name.size() <= kMaxName && std::all_of(name.begin(), name.end(), fits)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", Quoted(name), " can be none of VaaS: use its name there, at most ",
                   kMaxName, " letters, digits and -._~"));
}

absl::StatusOr<std::vector<std::string>> Directors(absl::string_view label) {
  std::vector<std::string> directors;
  for (const absl::string_view part : absl::StrSplit(label, ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(part);
    if (name.empty() || std::count(directors.begin(), directors.end(), name) > 0) continue;
    if (auto status = CheckName("the director", name); !status.ok()) return status;
    if (directors.size() == kMaxDirectors) {
      return absl::InvalidArgumentError(absl::StrCat("the label `director` names more than ",
                                                     kMaxDirectors, " directors: use fewer"));
    }
    directors.emplace_back(name);
  }
  return directors;
}

absl::StatusOr<std::string> Dc(const Task& task) {
  std::string dc = TaskSetting(task, "CLOUD_DC");
  if (dc.empty()) {
    return absl::InvalidArgumentError(
        "the task has the label `director`, but CLOUD_DC is not set: set it to the symbol that "
        "this data centre has in VaaS");
  }
  if (auto status = CheckName("CLOUD_DC", dc); !status.ok()) return status;
  return dc;
}

absl::StatusOr<uint16_t> PortFor(const Task& task, const std::string& director) {
  const std::string label = absl::StrCat("frontend-sync:", director);
  const auto labelled =
      std::find_if(task.ports().begin(), task.ports().end(),
                   [&](const Port& port) { return FindLabel(port.labels(), label) != nullptr; });
  const uint32_t number =
      labelled == task.ports().end() ? task.ports(0).number() : labelled->number();
  if (number < 1 || number > std::numeric_limits<uint16_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat("the port ", number, " for the director ",
                                                   director, " is none: use 1 to 65535"));
  }
  return static_cast<uint16_t>(number);
}

// Absent, with a warning, for what is no weight.
std::optional<int> ReadWeight(absl::string_view where, absl::string_view text,
                              std::vector<std::string>* warnings) {
  int weight = 0;
  if (absl::SimpleAtoi(text, &weight) && weight >= 0 && weight <= kMaxWeight) return weight;
  warnings->push_back(absl::StrCat(where, " has the weight ", Quoted(text),
                                   ", which counts as absent: use 0 to ", kMaxWeight));
  return std::nullopt;
}

std::optional<int> Weight(const Task& task, std::vector<std::string>* warnings) {
  const std::string setting = TaskSetting(task, kWeightSetting);
  if (!setting.empty()) {
    if (auto weight = ReadWeight(kWeightSetting, setting, warnings)) return weight;
  }
  for (const auto& label : task.labels()) {
    absl::string_view key = label.key();
    if (label.value() != "tag" || !absl::ConsumePrefix(&key, "weight:")) continue;
    return ReadWeight("a label", key, warnings);
  }
  return std::nullopt;
}

// Zero where there is no such label, or with a warning, where it is no duration.
absl::Duration DurationLabel(const Task& task, absl::string_view name,
                             std::vector<std::string>* warnings) {
  const std::string* label = FindLabel(task.labels(), name);
  if (label == nullptr) return absl::ZeroDuration();
  const auto duration = ParseDuration(*label);
  if (duration.ok() && *duration <= kMaxDuration) return *duration;
  warnings->push_back(absl::StrCat(
      "the label ", name, " counts as absent: ",
      duration.ok() ? absl::string_view("use at most 24h") : duration.status().message()));
  return absl::ZeroDuration();
}

std::optional<WeightRamp> Ramp(const Task& task, std::optional<int> weight,
                               std::vector<std::string>* warnings) {
  const absl::Duration over = DurationLabel(task, kRamp, warnings);
  if (over <= absl::ZeroDuration()) return std::nullopt;
  if (weight.value_or(1) > 1) return WeightRamp{.to = *weight, .over = over};
  warnings->push_back(absl::StrCat("the label ", kRamp,
                                   " counts as absent: the task needs a weight above 1, by a label "
                                   "weight:N with the value tag, or ",
                                   kWeightSetting));
  return std::nullopt;
}

}  // namespace

absl::StatusOr<TaskDefinition> DefineBackends(const Task& task) {
  const std::string* label = FindLabel(task.labels(), "director");
  if (label == nullptr) return TaskDefinition();
  const auto enabled = IsEnabled(task, "VAAS_HOOK_ENABLED");
  if (!enabled.ok()) return enabled.status();
  if (!*enabled) return TaskDefinition();
  const auto directors = Directors(*label);
  if (!directors.ok()) return directors.status();
  if (directors->empty()) return TaskDefinition();

  if (task.ports().empty()) {
    return absl::InvalidArgumentError(
        "the task has the label `director` but no port in its discovery info: give it a port, or "
        "remove the label");
  }
  if (AddressFamily(task.address()) != AF_INET) {
    return absl::InvalidArgumentError(
        absl::StrCat("the task's address ", Quoted(task.address()),
                     " is not IPv4, as VaaS wants it: set CLOUD_PUBLIC_IP to one that is"));
  }
  const auto dc = Dc(task);
  if (!dc.ok()) return dc.status();

  TaskDefinition definition;
  const std::optional<int> weight = Weight(task, &definition.warnings);
  const std::optional<WeightRamp> ramp = Ramp(task, weight, &definition.warnings);
  definition.drain_delay = DurationLabel(task, kDrainDelay, &definition.warnings);
  std::vector<std::string> tags;
  const std::string* canary = FindLabel(task.labels(), kCanary);
  if (canary != nullptr && !canary->empty()) tags.emplace_back(kCanary);
  for (const std::string& director : *directors) {
    const auto port = PortFor(task, director);
    if (!port.ok()) return port.status();
    definition.backends.push_back({.director = director,
                                   .dc = *dc,
                                   .address = task.address(),
                                   .port = *port,
                                   .weight = ramp.has_value() ? 1 : weight,
                                   .ramp = ramp,
                                   .tags = tags});
  }
  return definition;
}

}  // namespace mesos_executor::vaas
