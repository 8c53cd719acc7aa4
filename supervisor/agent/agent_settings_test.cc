#include "supervisor/agent/agent_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mesos_executor::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Variables = std::map<std::string, std::string, std::less<>>;

Variables Minimal() {
  return {{"MESOS_AGENT_ENDPOINT", "127.0.0.1:5051"},
          {"MESOS_FRAMEWORK_ID", "framework"},
          {"MESOS_EXECUTOR_ID", "executor"},
          {"MESOS_CHECKPOINT", "0"}};
}

absl::StatusOr<AgentSettings> Parse(const Variables& variables) {
  std::vector<std::string> warnings;
  auto settings = AgentSettings::FromEnvironment(Environment(variables), &warnings);
  EXPECT_THAT(warnings, IsEmpty());
  return settings;
}

TEST(AgentSettingsTest, TakesWhatAnAgentSetsWithoutCheckpoints) {
  const auto settings = Parse(Minimal());
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->endpoint.address, "127.0.0.1");
  EXPECT_EQ(settings->endpoint.port, 5051);
  EXPECT_EQ(settings->api_path, "/api/v1/executor");
  EXPECT_EQ(settings->framework_id, "framework");
  EXPECT_EQ(settings->executor_id, "executor");
  EXPECT_FALSE(settings->checkpoint);
  EXPECT_EQ(settings->http_timeout, absl::Seconds(10));
  EXPECT_EQ(settings->token, "");
}

TEST(AgentSettingsTest, TakesWhatAnAgentSetsWithCheckpoints) {
  Variables variables = Minimal();
  variables["MESOS_CHECKPOINT"] = "1";
  variables["MESOS_RECOVERY_TIMEOUT"] = "1.025mins";
  variables["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = "500ms";
  variables["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"] = "eyJhbGciOiJIUzI1NiJ9.e30.x-_";
  const auto settings = Parse(variables);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->checkpoint);
  EXPECT_EQ(settings->recovery_timeout, absl::Seconds(61.5));
  EXPECT_EQ(settings->subscription_backoff_max, absl::Milliseconds(500));
  EXPECT_EQ(settings->token, "eyJhbGciOiJIUzI1NiJ9.e30.x-_");
}

TEST(AgentSettingsTest, TakesTheSeedsVariables) {
  Variables variables = Minimal();
  variables["ALLEGRO_EXECUTOR_API_PATH"] = "/slave(1)/api/v1/executor";
  variables["ALLEGRO_EXECUTOR_HTTP_TIMEOUT"] = "1m30s";
  variables["ALLEGRO_EXECUTOR_STATE_UPDATE_BUFFER_SIZE"] = "16";
  const auto settings = Parse(variables);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->api_path, "/slave(1)/api/v1/executor");
  EXPECT_EQ(settings->http_timeout, absl::Seconds(90));
  EXPECT_EQ(settings->update_buffer_size, 16u);
}

TEST(AgentSettingsTest, TheEncodingIsProtobufUnlessJsonIsAskedFor) {
  Variables variables = Minimal();
  EXPECT_FALSE(Parse(variables)->json);
  variables["ALLEGRO_EXECUTOR_CODEC"] = "protobuf";
  EXPECT_FALSE(Parse(variables)->json);
  variables["ALLEGRO_EXECUTOR_CODEC"] = "json";
  EXPECT_TRUE(Parse(variables)->json);
}

TEST(AgentSettingsTest, TheUnixSocketsPathNamesTheAgentsActor) {
  Variables variables = Minimal();
  variables["MESOS_SLAVE_PID"] = "slave(1)@127.0.0.1:5051";
  EXPECT_EQ(Parse(variables)->socket.path, "");
  variables["MESOS_DOMAIN_SOCKET"] = "/run/mesos/agent.sock";
  variables["ALLEGRO_EXECUTOR_API_PATH"] = "/elsewhere";
  const auto settings = Parse(variables);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->socket.path, "/run/mesos/agent.sock");
  EXPECT_EQ(settings->socket_api_path, "/slave(1)/api/v1/executor");
}

TEST(AgentSettingsTest, AUnixSocketThatCantBeSpokenToIsAWarning) {
  const Variables cases[] = {
      {{"MESOS_DOMAIN_SOCKET", "agent.sock"}, {"MESOS_SLAVE_PID", "slave(1)@127.0.0.1:5051"}},
      {{"MESOS_DOMAIN_SOCKET", "/agent.sock"}},
      {{"MESOS_DOMAIN_SOCKET", "/agent.sock"}, {"MESOS_SLAVE_PID", "slave(1)"}},
      {{"MESOS_DOMAIN_SOCKET", "/agent.sock"}, {"MESOS_SLAVE_PID", "@127.0.0.1:5051"}},
      {{"MESOS_DOMAIN_SOCKET", "/agent.sock"}, {"MESOS_SLAVE_PID", "s\r\n@127.0.0.1:5051"}},
  };
  for (const Variables& each : cases) {
    Variables variables = Minimal();
    variables.insert(each.begin(), each.end());
    std::vector<std::string> warnings;
    const auto settings = AgentSettings::FromEnvironment(Environment(variables), &warnings);
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_EQ(settings->socket.path, "");
    EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("MESOS_"), Not(HasSubstr("\n")))));
  }
}

TEST(AgentSettingsTest, TakesTheSeedsVariablesWithoutTheirPrefixUnlessBothAreSet) {
  Variables variables = Minimal();
  variables["API_PATH"] = "/slave(1)/api/v1/executor";
  variables["STATE_UPDATE_BUFFER_SIZE"] = "16";
  variables["HTTP_TIMEOUT"] = "1m30s";
  variables["ALLEGRO_EXECUTOR_HTTP_TIMEOUT"] = "2s";
  const auto settings = Parse(variables);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->api_path, "/slave(1)/api/v1/executor");
  EXPECT_EQ(settings->http_timeout, absl::Seconds(2));
  EXPECT_EQ(settings->update_buffer_size, 16u);
}

TEST(AgentSettingsTest, ABadSettingOfOursIsAWarningAndItsDefaultStands) {
  const struct {
    const char* variable;
    const char* value;
    const char* hint;
  } cases[] = {
      {"ALLEGRO_EXECUTOR_HTTP_TIMEOUT", "soon", "90secs"},
      {"ALLEGRO_EXECUTOR_HTTP_TIMEOUT", "10", "90secs"},
      {"ALLEGRO_EXECUTOR_HTTP_TIMEOUT", "0s", "longer than 0"},
      {"ALLEGRO_EXECUTOR_CODEC", "JSON", "neither json nor protobuf"},
      {"ALLEGRO_EXECUTOR_STATE_UPDATE_BUFFER_SIZE", "0", "from 1 to"},
      {"ALLEGRO_EXECUTOR_STATE_UPDATE_BUFFER_SIZE", "many", "from 1 to"},
      {"ALLEGRO_EXECUTOR_API_PATH", "api/v1", "/api/v1/executor"},
      {"ALLEGRO_EXECUTOR_API_PATH", "/x HTTP/1.1\r\nEvil: yes", "/api/v1/executor"},
  };
  for (const auto& each : cases) {
    Variables variables = Minimal();
    variables[each.variable] = each.value;
    std::vector<std::string> warnings;
    const auto settings = AgentSettings::FromEnvironment(Environment(variables), &warnings);
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_EQ(settings->http_timeout, absl::Seconds(10));
    EXPECT_EQ(settings->api_path, "/api/v1/executor");
    EXPECT_FALSE(settings->json);
    EXPECT_EQ(settings->update_buffer_size, 1024u);
    EXPECT_THAT(warnings, ElementsAre(AllOf(StartsWith(std::string(each.variable) + ": "),
                                            HasSubstr(each.hint), Not(HasSubstr("\n")))));
  }
}

TEST(AgentSettingsTest, TakesAnIpV6Endpoint) {
  Variables variables = Minimal();
  variables["MESOS_AGENT_ENDPOINT"] = "[::1]:5051";
  const auto settings = Parse(variables);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->endpoint.address, "::1");
}

TEST(AgentSettingsTest, RecoveryClocksCountOnlyWithCheckpoints) {
  Variables variables = Minimal();
  variables["MESOS_RECOVERY_TIMEOUT"] = "nonsense";
  EXPECT_TRUE(Parse(variables).ok());
}

TEST(AgentSettingsTest, ErrorsNameTheVariableTheValueAndWhatToDo) {
  const struct {
    const char* variable;
    const char* value;
    const char* hint;
  } cases[] = {
      {"MESOS_AGENT_ENDPOINT", "", "must be started by a Mesos agent"},
      {"MESOS_FRAMEWORK_ID", "", "must be started by a Mesos agent"},
      {"MESOS_EXECUTOR_ID", "", "must be started by a Mesos agent"},
      {"MESOS_AGENT_ENDPOINT", "agent.example:5051", "--ip"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1", "not IP:PORT"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:", "port from 1 to 65535"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:0", "port from 1 to 65535"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:65536", "port from 1 to 65535"},
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:-1", "port from 1 to 65535"},
      {"MESOS_CHECKPOINT", "true", "neither 0 nor 1"},
      {"MESOS_RECOVERY_TIMEOUT", "15", "90secs"},
      {"MESOS_RECOVERY_TIMEOUT", "0secs", "longer than 0"},
      {"MESOS_SUBSCRIPTION_BACKOFF_MAX", "-1secs", "90secs"},
  };
  for (const auto& each : cases) {
    Variables variables = Minimal();
    variables["MESOS_CHECKPOINT"] = "1";
    variables[each.variable] = each.value;
    const auto settings = Parse(variables);
    ASSERT_FALSE(settings.ok()) << each.variable << "=" << each.value;
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(settings.status().message()),
                AllOf(StartsWith(std::string(each.variable) + ": "), HasSubstr(each.hint),
                      Not(HasSubstr("\n"))));
  }
}

TEST(AgentSettingsTest, TakesTlsAsLibprocessDoesWithItsErrorsAndWarnings) {
  Variables variables = Minimal();
  EXPECT_FALSE(Parse(variables)->tls.has_value());
  variables["LIBPROCESS_SSL_ENABLED"] = "true";
  variables["LIBPROCESS_SSL_CA_FILE"] = "/ca.pem";
  std::vector<std::string> warnings;
  const auto settings = AgentSettings::FromEnvironment(Environment(variables), &warnings);
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_TRUE(settings->tls.has_value());
  EXPECT_EQ(settings->tls->ca_file, "/ca.pem");
  EXPECT_THAT(warnings, ElementsAre(StartsWith("LIBPROCESS_SSL_VERIFY_SERVER_CERT: ")));
  variables["LIBPROCESS_SSL_KEY_FILE"] = "/own.key";
  EXPECT_EQ(Parse(variables).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AgentSettingsTest, ABadTokenIsNotShown) {
  Variables variables = Minimal();
  variables["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"] = "secret\r\nEvil: yes";
  const auto settings = Parse(variables);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(std::string(settings.status().message()), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mesos_executor::agent
