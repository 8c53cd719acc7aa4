#include "integration/dev_agent/executor_environment.h"

#include <cstdint>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace mesos_executor::dev_agent {

std::map<std::string, std::string> ExecutorEnvironment(const ExecutorLaunch& launch,
                                                       const AgentAddress& agent) {
  const std::string& endpoint = agent.endpoint;
  std::map<std::string, std::string> environment = {
      {"LIBPROCESS_IP", endpoint.substr(0, endpoint.rfind(':'))},
      {"LIBPROCESS_PORT", "0"},
      {"MESOS_AGENT_ENDPOINT", endpoint},
      {"MESOS_CHECKPOINT", launch.framework.checkpoint() ? "1" : "0"},
      {"MESOS_DIRECTORY", launch.sandbox},
      {"MESOS_EXECUTOR_ID", launch.executor.executor_id().value()},
      {"MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", MesosDurationText(launch.shutdown_grace)},
      {"MESOS_FRAMEWORK_ID", launch.framework.id().value()},
      {"MESOS_HTTP_COMMAND_EXECUTOR", "0"},
      {"MESOS_SANDBOX", launch.sandbox},
      {"MESOS_SLAVE_ID", launch.task.agent_id().value()},
      {"MESOS_SLAVE_PID", absl::StrCat("slave(1)@", endpoint)},
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
  };
  if (launch.framework.checkpoint()) {
    environment["MESOS_RECOVERY_TIMEOUT"] = MesosDurationText(launch.recovery_timeout);
    environment["MESOS_SUBSCRIPTION_BACKOFF_MAX"] =
        MesosDurationText(launch.subscription_backoff_max);
  }
  if (!agent.unix_socket.empty()) environment["MESOS_DOMAIN_SOCKET"] = agent.unix_socket;
  if (!agent.token.empty()) environment["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"] = agent.token;
  if (agent.tls) environment["LIBPROCESS_SSL_ENABLED"] = "1";
  for (const auto& variable : launch.executor.command().environment().variables()) {
    environment[variable.name()] = variable.value();
  }
  return environment;
}

std::string MesosDurationText(absl::Duration duration) {
  constexpr struct {
    int64_t nanoseconds;
    const char* name;
  } kUnits[] = {{1, "ns"},
                {1'000, "us"},
                {1'000'000, "ms"},
                {1'000'000'000, "secs"},
                {60'000'000'000, "mins"},
                {3'600'000'000'000, "hrs"},
                {86'400'000'000'000, "days"},
                {604'800'000'000'000, "weeks"}};
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && nanoseconds >= kUnits[unit + 1].nanoseconds) ++unit;
  // A whole number of this unit, else of the next smaller one, else a fraction.
  for (const size_t candidate : {unit, unit == 0 ? 0 : unit - 1}) {
    if (nanoseconds % kUnits[candidate].nanoseconds == 0) {
      return absl::StrCat(nanoseconds / kUnits[candidate].nanoseconds, kUnits[candidate].name);
    }
  }
  return absl::StrCat(
      static_cast<double>(nanoseconds) / static_cast<double>(kUnits[unit].nanoseconds),
      kUnits[unit].name);
}

}  // namespace mesos_executor::dev_agent
