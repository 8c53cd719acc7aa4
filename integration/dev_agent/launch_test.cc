#include "integration/dev_agent/launch.h"

#include <gtest/gtest.h>

#include "integration/dev_agent/executor_environment.h"

namespace mesos_executor::dev_agent {
namespace {

TEST(LaunchTest, TheCommandIsWhereMarathonPutsIt) {
  ExecutorLaunch launch = NewLaunch("web", "/sandbox");
  SetCommand("/opt/my executor", "exec sleep 50", CommandIn::kExecutor, &launch);
  EXPECT_EQ(launch.executor.command().value(),
            "chmod ug+rx '/opt/my executor' && exec '/opt/my executor' exec sleep 50");
  EXPECT_FALSE(launch.task.has_command());
}

TEST(LaunchTest, ATaskCommandGetsTheVariablesToo) {
  ExecutorLaunch launch = NewLaunch("web", "/sandbox");
  SetCommand("/opt/executor", "sleep 50", CommandIn::kTask, &launch);
  SetVariable("A", "b", &launch);
  EXPECT_EQ(launch.executor.command().value(), "exec '/opt/executor'");
  EXPECT_EQ(launch.task.command().value(), "sleep 50");
  const auto& variables = launch.task.command().environment().variables();
  EXPECT_EQ(variables.rbegin()->name(), "A");
  EXPECT_EQ(variables.size(), launch.executor.command().environment().variables_size());
}

TEST(LaunchTest, PortsAreInEnvironmentResourcesAndDiscovery) {
  ExecutorLaunch launch = NewLaunch("web", "/sandbox");
  SetPorts({{31005, "http-admin", {{"consul", "shop"}}}, {31006, "", {}}}, &launch);
  const auto environment = ExecutorEnvironment(launch, {.endpoint = "127.0.0.1:5051"});
  EXPECT_EQ(environment.at("PORT"), "31005");
  EXPECT_EQ(environment.at("PORT1"), "31006");
  EXPECT_EQ(environment.at("PORTS"), "31005,31006");
  EXPECT_EQ(environment.at("PORT_HTTP_ADMIN"), "31005");
  const auto& ports = launch.task.discovery().ports().ports();
  ASSERT_EQ(ports.size(), 2);
  EXPECT_EQ(ports[0].labels().labels(0).value(), "shop");
  EXPECT_EQ(launch.task.resources().rbegin()->ranges().range(1).begin(), 31006u);
}

TEST(LaunchTest, IdsAreFreshAndAgree) {
  const ExecutorLaunch one = NewLaunch("web", "/s"), other = NewLaunch("web", "/s");
  EXPECT_NE(one.task.task_id().value(), other.task.task_id().value());
  EXPECT_EQ(one.task.task_id().value().size(), sizeof("web.") - 1 + 36);
  EXPECT_EQ(one.executor.framework_id().value(), one.framework.id().value());
}

TEST(LaunchTest, WordsAreQuotedForTheShellButOneWordIsACommand) {
  EXPECT_EQ(ShellCommand({"echo a | cat"}), "echo a | cat");
  EXPECT_EQ(ShellCommand({"sh", "-c", "echo 'a'; exit 3", ""}),
            R"(sh -c 'echo '\''a'\''; exit 3' '')");
}

TEST(ExecutorEnvironmentTest, IsWhatARealAgentGave) {
  ExecutorLaunch launch = NewLaunch("web", "/sandbox");
  launch.executor.clear_command();
  launch.framework.mutable_id()->set_value("51f164fe-5e38-4139-975d-c6f749b48558-0001");
  launch.executor.mutable_executor_id()->set_value("executor-task-fc8e229e");
  launch.task.mutable_agent_id()->set_value("51f164fe-5e38-4139-975d-c6f749b48558-S0");
  SetVariable("FOO", "bar", &launch);
  std::map<std::string, std::string> expected = {
      {"FOO", "bar"},
      {"LIBPROCESS_IP", "127.0.0.1"},
      {"LIBPROCESS_PORT", "0"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:15051"},
      {"MESOS_CHECKPOINT", "0"},
      {"MESOS_DIRECTORY", "/sandbox"},
      {"MESOS_EXECUTOR_ID", "executor-task-fc8e229e"},
      {"MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "5secs"},
      {"MESOS_FRAMEWORK_ID", "51f164fe-5e38-4139-975d-c6f749b48558-0001"},
      {"MESOS_HTTP_COMMAND_EXECUTOR", "0"},
      {"MESOS_SANDBOX", "/sandbox"},
      {"MESOS_SLAVE_ID", "51f164fe-5e38-4139-975d-c6f749b48558-S0"},
      {"MESOS_SLAVE_PID", "slave(1)@127.0.0.1:15051"},
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
  };
  EXPECT_EQ(ExecutorEnvironment(launch, {.endpoint = "127.0.0.1:15051"}), expected);
  launch.framework.set_checkpoint(true);
  expected["MESOS_CHECKPOINT"] = "1";
  expected["MESOS_RECOVERY_TIMEOUT"] = "15mins";
  expected["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = "2secs";
  EXPECT_EQ(ExecutorEnvironment(launch, {.endpoint = "127.0.0.1:15051"}), expected);
}

TEST(ExecutorEnvironmentTest, SocketTokenAndTlsAreTold) {
  const auto environment = ExecutorEnvironment(
      NewLaunch("web", "/sandbox"),
      {.endpoint = "127.0.0.1:1", .unix_socket = "/run/a.sock", .token = "a.b.c", .tls = true});
  EXPECT_EQ(environment.at("MESOS_DOMAIN_SOCKET"), "/run/a.sock");
  EXPECT_EQ(environment.at("MESOS_EXECUTOR_AUTHENTICATION_TOKEN"), "a.b.c");
  EXPECT_EQ(environment.at("LIBPROCESS_SSL_ENABLED"), "1");
  EXPECT_EQ(environment.at("MESOS_AGENT_ENDPOINT"), "127.0.0.1:1");
}

TEST(ExecutorEnvironmentTest, TheCommandsVariablesOverride) {
  ExecutorLaunch launch = NewLaunch("web", "/sandbox");
  SetVariable("PATH", "/bin", &launch);
  SetVariable("MESOS_SANDBOX", "/elsewhere", &launch);
  const auto environment = ExecutorEnvironment(launch, {.endpoint = "127.0.0.1:15051"});
  EXPECT_EQ(environment.at("PATH"), "/bin");
  EXPECT_EQ(environment.at("MESOS_SANDBOX"), "/elsewhere");
}

TEST(MesosDurationTextTest, IsStouts) {
  // As seen in the environment that a real agent made.
  EXPECT_EQ(MesosDurationText(absl::Seconds(5)), "5secs");
  EXPECT_EQ(MesosDurationText(absl::Minutes(15)), "15mins");
  EXPECT_EQ(MesosDurationText(absl::Milliseconds(2500)), "2500ms");
  EXPECT_EQ(MesosDurationText(absl::Microseconds(1500)), "1500us");
  EXPECT_EQ(MesosDurationText(absl::Seconds(90)), "90secs");
  EXPECT_EQ(MesosDurationText(absl::Seconds(100)), "100secs");
  EXPECT_EQ(MesosDurationText(absl::Hours(36)), "36hrs");
  EXPECT_EQ(MesosDurationText(absl::Milliseconds(61500)), "1.025mins");
  EXPECT_EQ(MesosDurationText(absl::ZeroDuration()), "0ns");
}

}  // namespace
}  // namespace mesos_executor::dev_agent
