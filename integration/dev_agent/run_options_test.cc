#include "integration/dev_agent/run_options.h"

#include <gtest/gtest.h>

namespace mesos_executor::dev_agent {
namespace {

RunOptions Parsed(const std::vector<std::string>& arguments) {
  const auto options = ParseRunOptions(arguments);
  EXPECT_TRUE(options.ok()) << options.status();
  return options.value_or(RunOptions());
}

std::string Error(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--", "true"});
  return std::string(ParseRunOptions(arguments).status().message());
}

TEST(RunOptionsTest, DefaultsAreAnAgents) {
  const RunOptions options = Parsed({"--", "sleep", "60"});
  EXPECT_EQ(options.command, "sleep 60");
  EXPECT_EQ(options.command_in, CommandIn::kExecutor);
  EXPECT_EQ(options.shutdown_grace, absl::Seconds(5));
  EXPECT_TRUE(options.container_destroy);
  EXPECT_FALSE(options.checkpoint);
  EXPECT_FALSE(options.kill_policy.has_value());
}

TEST(RunOptionsTest, EverythingCanBeSaid) {
  const RunOptions options = Parsed({"--executor",
                                     "/x",
                                     "--command-in",
                                     "task",
                                     "--label",
                                     "consul=a=b",
                                     "--label",
                                     "e=",
                                     "--env",
                                     "A=b c",
                                     "--ports",
                                     "2",
                                     "--port",
                                     "admin=8080,label=k:v:w,label=tag:",
                                     "--health",
                                     "http:/ping?x=1",
                                     "--health-interval",
                                     "500ms",
                                     "--kill-policy",
                                     "3s",
                                     "--kill-after",
                                     "1m30s",
                                     "--shutdown-grace",
                                     "90secs",
                                     "--checkpoint",
                                     "--user",
                                     "nobody",
                                     "--container-destroy=off",
                                     "--json",
                                     "--for",
                                     "5s",
                                     "--",
                                     "echo --json"});
  EXPECT_EQ(options.command, "echo --json");
  EXPECT_EQ(options.command_in, CommandIn::kTask);
  EXPECT_EQ(options.labels[0], std::make_pair(std::string("consul"), std::string("a=b")));
  EXPECT_EQ(options.labels[1].second, "");
  EXPECT_EQ(options.variables[0].second, "b c");
  ASSERT_EQ(options.ports.size(), 3u);
  EXPECT_EQ(options.ports[0].name, "admin");
  EXPECT_EQ(options.ports[0].number, 8080);
  EXPECT_EQ(options.ports[0].labels[0], std::make_pair(std::string("k"), std::string("v:w")));
  EXPECT_EQ(options.health->http().path(), "/ping?x=1");
  EXPECT_EQ(options.health->interval_seconds(), 0.5);
  EXPECT_EQ(options.kill_policy, absl::Seconds(3));
  EXPECT_EQ(options.kill_after, absl::Seconds(90));
  EXPECT_EQ(options.run_for, absl::Seconds(5));
  EXPECT_EQ(options.shutdown_grace, absl::Seconds(90));
  EXPECT_FALSE(options.container_destroy);
  EXPECT_TRUE(options.checkpoint && options.json);
}

TEST(RunOptionsTest, TheAgentIsAsItsFlagsSay) {
  const RunOptions plain = Parsed({"--", "true"});
  EXPECT_EQ(plain.recovery_timeout, absl::Minutes(15));
  EXPECT_FALSE(plain.capabilities || plain.unix_socket);
  EXPECT_TRUE(plain.faults.empty());
  using Capability = mesos::v1::FrameworkInfo::Capability;
  const RunOptions options = Parsed({"--recovery-timeout",
                                     "1mins",
                                     "--capability",
                                     "PARTITION_AWARE",
                                     "--capability",
                                     "TASK_KILLING_STATE",
                                     "--unix-socket=/tmp/a.sock",
                                     "--jwt-secret",
                                     "secret",
                                     "--tls-certificate",
                                     "c.pem",
                                     "--tls-key",
                                     "k.pem",
                                     "--tls-client-ca",
                                     "ca.pem",
                                     "--fault",
                                     "update#2 answer=503",
                                     "--fault",
                                     "at=1s break",
                                     "--",
                                     "true"});
  EXPECT_EQ(options.recovery_timeout, absl::Minutes(1));
  EXPECT_EQ(*options.capabilities,
            (std::vector{Capability::PARTITION_AWARE, Capability::TASK_KILLING_STATE}));
  EXPECT_EQ(options.unix_socket, "/tmp/a.sock");
  EXPECT_EQ(options.jwt_secret_file, "secret");
  EXPECT_EQ(options.tls.certificate_file + options.tls.key_file + options.tls.client_ca_file,
            "c.pemk.pemca.pem");
  EXPECT_EQ(FaultPlanText(options.faults), "update#2 answer=503\nat=1s break");
  EXPECT_EQ(Parsed({"--unix-socket", "--", "true"}).unix_socket, "");
}

TEST(RunOptionsTest, EachMistakeIsNamedWithItsRemedy) {
  EXPECT_EQ(Error({"--for", "soon"}), "--for soon: expected a duration like 5s, 1m30s or 90secs");
  EXPECT_EQ(Error({"--label", "oops"}), "--label oops: expected KEY=VALUE");
  EXPECT_EQ(Error({"--ports", "-1"}), "--ports -1: expected a number from 0 to 100");
  EXPECT_EQ(Error({"--port", "x=70000"}),
            "--port x=70000: expected NAME=NUMBER and then any number of ,label=KEY:VALUE");
  EXPECT_EQ(Error({"--health", "ping"}), "--health ping: expected http:/PATH, tcp: or command:CMD");
  EXPECT_EQ(Error({"--health", "tcp:"}), "--health tcp:: needs a port: add --ports 1");
  EXPECT_EQ(Error({"--command-in", "both"}), "--command-in both: expected executor or task");
  EXPECT_EQ(Error({"--name", "a/b"}), "--name a/b: expected a name without /");
  EXPECT_EQ(Error({"--capability", "FLYING"}),
            "--capability FLYING: expected a name like TASK_KILLING_STATE or PARTITION_AWARE");
  EXPECT_EQ(Error({"--tls-key", "k"}),
            "--tls-certificate and --tls-key go together; --tls-client-ca needs both");
  EXPECT_EQ(Error({"--fault", "soon break"}).rfind("--fault's WHEN 'soon': expected ", 0), 0u);
  EXPECT_NE(Error({"--no-such"}).find("--no-such"), std::string::npos);
  EXPECT_NE(Error({"--lab", "a=b"}).find("--lab"), std::string::npos);
  EXPECT_NE(Error({"--label"}).find("--label"), std::string::npos);
  EXPECT_NE(Error({"sleep"}).find("'sleep' is no option"), std::string::npos);
  EXPECT_NE(Error({"--json", "--json"}).find("--json"), std::string::npos);
}

TEST(RunOptionsTest, ACommandIsNeeded) {
  EXPECT_NE(ParseRunOptions({}).status().message().find("no command"), absl::string_view::npos);
  EXPECT_NE(ParseRunOptions({"--"}).status().message().find("no command"), absl::string_view::npos);
}

TEST(RunOptionsTest, HelpNeedsNothingElseAndNamesEveryOption) {
  EXPECT_TRUE(Parsed({"--help"}).help);
  for (const char* option : {"--executor",
                             "--command-in",
                             "--label",
                             "--env",
                             "--ports",
                             "--port",
                             "--health",
                             "--kill-policy",
                             "--kill-after",
                             "--shutdown-grace",
                             "--checkpoint",
                             "--user",
                             "--container-destroy",
                             "--json",
                             "--for",
                             "--unix-socket",
                             "--jwt-secret",
                             "--tls-certificate",
                             "--capability",
                             "--fault",
                             "--recovery-timeout",
                             "subscribe cut=700"}) {
    EXPECT_NE(RunHelp().find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace mesos_executor::dev_agent
