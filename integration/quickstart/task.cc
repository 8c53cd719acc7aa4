#include "integration/quickstart/task.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::quickstart {

dev_agent::ExecutorLaunch DescribeTask(const TaskSpec& spec) {
  dev_agent::ExecutorLaunch launch = dev_agent::NewLaunch("quickstart", spec.sandbox);
  dev_agent::SetCommand(
      spec.executor,
      absl::StrCat("exec ", dev_agent::ShellCommand({spec.service, "--ignore-sigterm"})),
      dev_agent::CommandIn::kExecutor, &launch);
  const std::pair<std::string, std::string> mark =
      absl::StrSplit(spec.mark, absl::MaxSplits('=', 1));
  dev_agent::SetVariable(mark.first, mark.second, &launch);
  dev_agent::SetVariable("CONSUL_HTTP_ADDR", absl::StrCat("127.0.0.1:", spec.consul_port), &launch);
  // No daemon of this host has its socket there: the sidecar is the executor's own.
  dev_agent::SetVariable("ALLEGRO_EXECUTOR_SIDECAR_DIR", spec.sandbox, &launch);
  dev_agent::SetPorts(
      {{.number = spec.port, .name = "web", .labels = {{"consul", "web"}, {"public", "tag"}}}},
      &launch);
  auto* label = launch.task.mutable_labels()->add_labels();
  label->set_key("consul");
  label->set_value("true");

  mesos::v1::HealthCheck* check = launch.task.mutable_health_check();
  check->set_type(mesos::v1::HealthCheck::HTTP);
  check->mutable_http()->set_port(spec.port);
  check->mutable_http()->set_path("/health");
  // By then the service listens.
  check->set_delay_seconds(0.2);
  check->set_interval_seconds(1);
  launch.task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(absl::Seconds(10)));
  launch.container_destroy = false;
  return launch;
}

}  // namespace mesos_executor::quickstart
