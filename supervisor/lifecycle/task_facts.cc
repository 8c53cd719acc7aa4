#include "supervisor/lifecycle/task_facts.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/check_type.h"
#include "supervisor/lifecycle/utf8.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr char kWeight[] = "VAAS_INITIAL_WEIGHT";

void CopyLabels(const mesos::v1::Labels& from, google::protobuf::RepeatedPtrField<v1::Label>* to) {
  for (const mesos::v1::Label& label : from.labels()) {
    v1::Label* copy = to->Add();
    copy->set_key(ToUtf8(label.key()));
    copy->set_value(ToUtf8(label.value()));
  }
}

// Mesos' doubles may be anything: negative, infinite, not a number.
google::protobuf::Duration FromSeconds(double seconds) {
  constexpr double kYear = 365 * 24 * 3600;
  const double sane = std::isnan(seconds) ? 0 : std::clamp(seconds, 0.0, kYear);
  google::protobuf::Duration duration;
  duration.set_seconds(static_cast<int64_t>(sane));
  duration.set_nanos(static_cast<int32_t>((sane - std::floor(sane)) * 1e9));
  return duration;
}

using MesosCheck = mesos::v1::HealthCheck;

v1::HealthCheck Convert(const MesosCheck& check) {
  v1::HealthCheck result;
  switch (TypeOf(check).value_or(MesosCheck::UNKNOWN)) {
    case MesosCheck::HTTP: {
      v1::HealthCheck::Http* http = result.mutable_http();
      http->set_scheme(check.http().scheme().empty() ? "http" : ToUtf8(check.http().scheme()));
      http->set_port(check.http().port());
      const std::string path = ToUtf8(check.http().path());
      http->set_path(absl::StartsWith(path, "/") ? path : absl::StrCat("/", path));
      break;
    }
    case MesosCheck::TCP:
      result.mutable_tcp()->set_port(check.tcp().port());
      break;
    default:
      break;  // A sidecar cannot repeat a command, nor what makes no sense.
  }
  *result.mutable_interval() = FromSeconds(check.interval_seconds());
  *result.mutable_timeout() = FromSeconds(check.timeout_seconds());
  return result;
}

// Frameworks put an app's variables into the task's command or, for a custom executor, into the
// executor's.
std::optional<std::string> TaskVariable(const mesos::v1::TaskInfo& info, absl::string_view name) {
  for (const mesos::v1::CommandInfo* command : {&info.command(), &info.executor().command()}) {
    for (const auto& variable : command->environment().variables()) {
      if (variable.name() == name && !variable.value().empty()) return variable.value();
    }
  }
  return std::nullopt;
}

}  // namespace

v1::Task MakeTask(const mesos::v1::TaskInfo& info, const TaskOrigin& origin,
                  const Environment& environment) {
  v1::Task task;
  task.set_framework_id(ToUtf8(origin.framework_id));
  task.set_executor_id(ToUtf8(origin.executor_id));
  task.set_task_id(ToUtf8(info.task_id().value()));
  task.set_name(ToUtf8(info.name()));
  task.set_agent_id(ToUtf8(origin.agent_id));
  task.set_agent_hostname(ToUtf8(origin.agent_hostname));
  const std::string address = environment.Setting("CLOUD_PUBLIC_IP").value_or("");
  task.set_address(address.empty() ? "127.0.0.1" : ToUtf8(address));
  CopyLabels(info.labels(), task.mutable_labels());
  for (const mesos::v1::Port& port : info.discovery().ports().ports()) {
    v1::Port* copy = task.add_ports();
    copy->set_number(port.number());
    copy->set_name(ToUtf8(port.name()));
    copy->set_protocol(port.protocol().empty() ? "tcp" : ToUtf8(port.protocol()));
    CopyLabels(port.labels(), copy->mutable_labels());
  }
  if (info.has_health_check()) *task.mutable_health_check() = Convert(info.health_check());
  for (auto& [name, value] : PublicSettings(environment))
    (*task.mutable_settings())[name] = ToUtf8(value);
  if (auto weight = TaskVariable(info, kWeight))
    (*task.mutable_settings())[kWeight] = ToUtf8(*weight);
  return task;
}

}  // namespace mesos_executor::lifecycle
