#include "sidecars/consul_registrar/definition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::HealthCheck;
using lifecycle::v1::Port;
using lifecycle::v1::Task;

constexpr absl::string_view kLabel = "consul";
constexpr absl::string_view kTag = "tag";
constexpr absl::string_view kDrainDelay = "executor-drain-delay";
constexpr absl::string_view kPassHealthOn = "executor-consul-health";
// Mesos' own default (HealthCheck.interval_seconds in mesos.proto).
constexpr absl::Duration kDefaultInterval = absl::Seconds(10);
// Consul refuses longer ones (structs.ValidateServiceMetadata).
constexpr size_t kMaxMetaValue = 512;
// Of one task: more than anybody has ports. Each service repeats all tags of the task, so a few
// labels can ask for a lot.
constexpr size_t kMaxServices = 256;
constexpr size_t kMaxTextBytes = 128 << 10;

// What Consul would register and never deregister: its HTTP server answers 400 to a path that holds
// a character which isn't printable (Go's unicode.IsPrint), and a service's id is part of that
// path. Of other alphabets that depends on Consul's version, so they are refused as a whole.
absl::Status CheckPrintable(absl::string_view what, absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), absl::ascii_isprint)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", Quoted(text),
                   " can't be registered, as Consul would never remove it again: use printable "
                   "ASCII characters only"));
}

absl::StatusOr<std::string> InitialStatus(const Task& task) {
  const std::string value = TaskSetting(task, "INITIAL_HEALTH_CHECK_STATUS", "passing");
  for (const auto* known : {"passing", "warning", "critical", ""}) {
    if (value == known) return value;
  }
  return absl::InvalidArgumentError(absl::StrCat("INITIAL_HEALTH_CHECK_STATUS is \"", value,
                                                 "\": use passing, warning or critical"));
}

// Keys of the port's labels whose value is `tag`, or `tag:<name>`; what follows a second colon
// doesn't count.
std::vector<std::string> PortTags(const Port& port, absl::string_view name) {
  std::vector<std::string> tags;
  for (const auto& label : port.labels()) {
    const std::vector<absl::string_view> parts = absl::StrSplit(label.value(), ':');
    if (parts[0] == kTag && (parts.size() == 1 || parts[1] == name)) tags.push_back(label.key());
  }
  return tags;
}

std::vector<std::string> TaskTags(const Task& task) {
  std::vector<std::string> tags;
  for (const auto& label : task.labels()) {
    if (label.value() == kTag) tags.push_back(label.key());
  }
  std::string global = TaskSetting(task, "CONSUL_GLOBAL_TAG", "marathon");
  if (!global.empty()) tags.push_back(std::move(global));
  return tags;
}

// What each placeholder stands for; of two ports with one name, the last counts.
std::map<std::string, std::string> Placeholders(const Task& task) {
  std::map<std::string, std::string> placeholders;
  for (const Port& port : task.ports()) {
    if (!port.name().empty()) {
      placeholders[absl::StrCat("{port:", port.name(), "}")] = absl::StrCat(port.number());
    }
  }
  return placeholders;
}

std::map<std::string, std::string> Meta(const Task& task) {
  std::map<std::string, std::string> meta;
  const auto add = [&meta](const char* key, const std::string& value) {
    if (!value.empty() && value.size() <= kMaxMetaValue) meta[key] = value;
  };
  add("mesos_framework_id", task.framework_id());
  add("mesos_executor_id", task.executor_id());
  add(kMetaTaskId, task.task_id());
  return meta;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// What holds for all services of a task.
struct Common {
  bool pass_health_on = false;
  absl::Duration deregister_critical_after;
};

std::optional<CheckDefinition> Check(const Task& task, uint32_t port, const Common& common) {
  if (!task.has_health_check()) return std::nullopt;
  const HealthCheck& health_check = task.health_check();
  const std::string where = absl::StrContains(task.address(), ':')  // IPv6
                                ? absl::StrCat("[", task.address(), "]:", port)
                                : absl::StrCat(task.address(), ":", port);
  CheckDefinition check;
  check.deregister_critical_after = common.deregister_critical_after;
  if (common.pass_health_on || health_check.check_case() == HealthCheck::CHECK_NOT_SET) {
    check.ttl = kTtl;
    return check;
  }
  if (health_check.has_http()) {
    check.http = absl::StrCat(health_check.http().scheme() == "https" ? "https" : "http", "://",
                              where, health_check.http().path());
  } else {
    check.tcp = where;
  }
  check.interval = FromProto(health_check.interval());
  if (check.interval <= absl::ZeroDuration()) check.interval = kDefaultInterval;
  check.timeout = std::max(FromProto(health_check.timeout()), absl::ZeroDuration());
  return check;
}

bool PassHealthOn(const Task& task, std::vector<std::string>* warnings) {
  const std::string* label = FindLabel(task.labels(), kPassHealthOn);
  if (label == nullptr || *label == "false") return false;
  if (*label == "true") return true;
  warnings->push_back(
      absl::StrCat("the label ", kPassHealthOn, " is ", Quoted(*label), ": use true or false"));
  return false;
}

absl::Duration DrainDelay(const Task& task, std::vector<std::string>* warnings) {
  const std::string* label = FindLabel(task.labels(), kDrainDelay);
  if (label == nullptr) return absl::ZeroDuration();
  const auto delay = ParseDuration(*label);
  if (delay.ok()) return *delay;
  warnings->push_back(absl::StrCat("the label ", kDrainDelay, ": ", delay.status().message()));
  return absl::ZeroDuration();
}

ServiceDefinition Service(const Task& task, const Port& port, absl::string_view name,
                          std::vector<std::string> tags, const Common& common) {
  ServiceDefinition service;
  service.id = absl::StrCat(task.task_id(), "_", name, "_", port.number());
  service.name = std::string(name);
  service.address = task.address();
  service.port = port.number();
  const auto placeholders = Placeholders(task);
  for (std::string& tag : tags) tag = absl::StrReplaceAll(tag, placeholders);
  service.tags = std::move(tags);
  service.meta = Meta(task);
  service.check = Check(task, port.number(), common);
  return service;
}

// Collects services as long as they are within bounds.
class Services {
 public:
  absl::Status Add(ServiceDefinition service) {
    if (auto status = CheckPrintable("the service name", service.name); !status.ok()) return status;
    text_bytes_ += service.id.size() + service.name.size();
    for (const std::string& tag : service.tags) text_bytes_ += tag.size();
    if (services_.size() == kMaxServices || text_bytes_ > kMaxTextBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("the task's labels ask for more than ", kMaxServices, " services or ",
                       kMaxTextBytes, " bytes of names and tags: use fewer or shorter ones"));
    }
    services_.push_back(std::move(service));
    return absl::OkStatus();
  }
  bool empty() const { return services_.empty(); }
  std::vector<ServiceDefinition> Take() { return std::move(services_); }

 private:
  std::vector<ServiceDefinition> services_;
  size_t text_bytes_ = 0;
};

}  // namespace

std::string ServiceNameFromTaskId(const std::string& task_id) {
  absl::string_view trimmed = absl::StripAsciiWhitespace(task_id);
  while (absl::ConsumePrefix(&trimmed, "/")) {
  }
  while (absl::ConsumeSuffix(&trimmed, "/")) {
  }
  std::string name = absl::StrReplaceAll(trimmed, {{"_", "."}, {"/", "-"}});
  // What follows the last dot tells Marathon's instances apart.
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos) name.resize(dot);
  return name;
}

absl::StatusOr<TaskDefinition> DefineServices(const Task& task,
                                              absl::Duration deregister_critical_after) {
  const std::string* label = FindLabel(task.labels(), kLabel);
  if (label == nullptr) return TaskDefinition();
  const auto enabled = IsEnabled(task, "CONSUL_HOOK_ENABLED");
  if (!enabled.ok()) return enabled.status();
  if (!*enabled) return TaskDefinition();
  auto initial_status = InitialStatus(task);
  if (!initial_status.ok()) return initial_status.status();
  std::vector<std::string> warnings;
  const Common common = {.pass_health_on = PassHealthOn(task, &warnings),
                         .deregister_critical_after = deregister_critical_after};
  if (task.ports().empty()) {
    return absl::InvalidArgumentError(
        "the task has the label `consul` but no port in its discovery info: give it a port, or "
        "remove the label");
  }

  if (auto status = CheckPrintable("the task id", task.task_id()); !status.ok()) return status;

  Services services;
  const std::vector<std::string> task_tags = TaskTags(task);
  for (const Port& port : task.ports()) {
    const std::string* names = FindLabel(port.labels(), kLabel);
    if (names == nullptr) continue;
    for (const absl::string_view name : absl::StrSplit(*names, ',', absl::SkipEmpty())) {
      std::vector<std::string> tags = PortTags(port, name);
      tags.insert(tags.end(), task_tags.begin(), task_tags.end());
      tags.push_back(absl::StrCat("marathon-task:", task.task_id()));
      auto added = services.Add(Service(task, port, name, std::move(tags), common));
      if (!added.ok()) return added;
    }
  }
  if (services.empty()) {
    const bool unnamed = label->empty() || *label == "true";
    const std::string name = unnamed ? ServiceNameFromTaskId(task.task_id()) : *label;
    auto added = services.Add(Service(task, task.ports(0), name, task_tags, common));
    if (!added.ok()) return added;
  }
  return TaskDefinition{.services = services.Take(),
                        .meta = Meta(task),
                        .drain_delay = DrainDelay(task, &warnings),
                        .initial_status = *std::move(initial_status),
                        .warnings = std::move(warnings)};
}

}  // namespace mesos_executor::consul
