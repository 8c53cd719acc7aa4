#include "supervisor/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::map<std::string, std::string, std::less<>> FromAgent() {
  return {{"MESOS_FRAMEWORK_ID", "f"},
          {"MESOS_EXECUTOR_ID", "e"},
          {"MESOS_AGENT_ENDPOINT", "127.0.0.1:5051"},
          {"MESOS_CHECKPOINT", "0"},
          {"MESOS_SANDBOX", "/sandbox"},
          {"MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "2500ms"}};
}

TEST(ConfigurationTest, ReadsWhatTheAgentSets) {
  const auto configuration = Configuration::FromEnvironment(Environment(FromAgent()));
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  EXPECT_EQ(configuration->agent.framework_id, "f");
  EXPECT_EQ(configuration->sandbox, "/sandbox");
  EXPECT_EQ(configuration->limits.shutdown_grace, absl::Milliseconds(2500));
  EXPECT_EQ(configuration->limits.kill_grace, absl::Seconds(5));
  EXPECT_FALSE(configuration->debug);
  EXPECT_THAT(configuration->warnings, IsEmpty());
}

TEST(ConfigurationTest, ReadsTheSeedsSettings) {
  auto variables = FromAgent();
  variables["ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD"] = "1m30s";
  variables["STATE_UPDATE_WAIT_TIMEOUT"] = "7s";
  variables["ALLEGRO_EXECUTOR_DEBUG"] = "true";
  const auto configuration = Configuration::FromEnvironment(Environment(variables));
  ASSERT_TRUE(configuration.ok());
  EXPECT_EQ(configuration->limits.kill_grace, absl::Seconds(90));
  EXPECT_EQ(configuration->limits.acknowledgement, absl::Seconds(7));
  EXPECT_TRUE(configuration->debug);
}

TEST(ConfigurationTest, ABadSettingIsAWarningAndTheDefault) {
  auto variables = FromAgent();
  variables["ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD"] = "soon";
  variables["ALLEGRO_EXECUTOR_HTTP_TIMEOUT"] = "10";
  const auto configuration = Configuration::FromEnvironment(Environment(variables));
  ASSERT_TRUE(configuration.ok());
  EXPECT_EQ(configuration->limits.kill_grace, absl::Seconds(5));
  EXPECT_THAT(
      configuration->warnings,
      ElementsAre(HasSubstr("ALLEGRO_EXECUTOR_HTTP_TIMEOUT: "),
                  HasSubstr("ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD=soon is not a duration")));
}

TEST(ConfigurationTest, ContainmentIsOneOfThree) {
  auto variables = FromAgent();
  EXPECT_EQ(Configuration::FromEnvironment(Environment(variables))->containment,
            process::Containment::kSubreaper);
  variables["ALLEGRO_EXECUTOR_CONTAINMENT"] = "cgroup";
  EXPECT_EQ(Configuration::FromEnvironment(Environment(variables))->containment,
            process::Containment::kCgroup);
  variables["ALLEGRO_EXECUTOR_CONTAINMENT"] = "jail";
  const auto configuration = Configuration::FromEnvironment(Environment(variables));
  EXPECT_EQ(configuration->containment, process::Containment::kSubreaper);
  EXPECT_THAT(configuration->warnings,
              ElementsAre(HasSubstr("CONTAINMENT=jail is none of subreaper, cgroup")));
}

TEST(ConfigurationTest, ProcessesThatSigtermSparesAreAList) {
  auto variables = FromAgent();
  variables["ALLEGRO_EXECUTOR_SIGTERM_EXCLUDE_PROCESSES"] = "nginx, envoy";
  EXPECT_THAT(Configuration::FromEnvironment(Environment(variables))->sigterm_exclusions,
              ElementsAre("nginx", "envoy"));
}

TEST(ConfigurationTest, AHostNameIsNoPublicIp) {
  auto variables = FromAgent();
  variables["CLOUD_PUBLIC_IP"] = "10.0.0.7";
  EXPECT_EQ(Configuration::FromEnvironment(Environment(variables))->public_ip, "10.0.0.7");
  variables["CLOUD_PUBLIC_IP"] = "host.example";
  const auto configuration = Configuration::FromEnvironment(Environment(variables));
  EXPECT_EQ(configuration->public_ip, "");
  EXPECT_THAT(configuration->warnings,
              ElementsAre(HasSubstr("CLOUD_PUBLIC_IP=host.example is not an IP")));
}

TEST(ConfigurationTest, WithoutAnAgentThereIsNothingToDo) {
  auto variables = FromAgent();
  variables.erase("MESOS_FRAMEWORK_ID");
  EXPECT_THAT(Configuration::FromEnvironment(Environment(variables)).status().message(),
              HasSubstr("MESOS_FRAMEWORK_ID"));
}

}  // namespace
}  // namespace mesos_executor
