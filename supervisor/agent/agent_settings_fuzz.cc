// Any values of the agent's variables: settings that can be used, or an error; the token is never
// shown.
#include <glog/logging.h>

#include <map>

#include "absl/strings/match.h"
#include "supervisor/agent/agent_settings.h"
#include "supervisor/base/fuzz_input.h"

namespace mesos_executor::agent {
namespace {

constexpr absl::string_view kToken = "MESOS_EXECUTOR_AUTHENTICATION_TOKEN";
constexpr absl::string_view kSecret = "head.secret.tail";
constexpr absl::string_view kNames[] = {
    "MESOS_AGENT_ENDPOINT",
    "MESOS_SLAVE_PID",
    "MESOS_DOMAIN_SOCKET",
    "MESOS_CHECKPOINT",
    "MESOS_RECOVERY_TIMEOUT",
    "MESOS_SUBSCRIPTION_BACKOFF_MAX",
    "LIBPROCESS_SSL_ENABLED",
    "LIBPROCESS_SSL_VERIFY_SERVER_CERT",
    "LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME",
    "ALLEGRO_EXECUTOR_API_PATH",
    "ALLEGRO_EXECUTOR_CODEC",
    "ALLEGRO_EXECUTOR_HTTP_TIMEOUT",
    "ALLEGRO_EXECUTOR_STATE_UPDATE_BUFFER_SIZE",
    kToken,
};

void Test(FuzzInput input) {
  std::map<std::string, std::string, std::less<>> variables = {
      {"MESOS_AGENT_ENDPOINT", "127.0.0.1:5051"},  {"MESOS_FRAMEWORK_ID", "framework"},
      {"MESOS_EXECUTOR_ID", "executor"},           {"MESOS_CHECKPOINT", "1"},
      {std::string(kToken), std::string(kSecret)},
  };
  while (!input.empty()) {
    const absl::string_view name = input.OneOf(kNames);
    const absl::string_view value = input.Bytes(200);
    // The fuzzer has seen it: only where the token stands must it be kept.
    if (name != kToken && absl::StrContains(value, kSecret)) return;
    variables[std::string(name)] = std::string(value);
  }
  std::vector<std::string> warnings;
  const auto settings = AgentSettings::FromEnvironment(Environment(variables), &warnings);
  std::string told = settings.ok() ? "" : std::string(settings.status().message());
  for (const std::string& warning : warnings) told += warning;
  CHECK_LE(told.size(), 8192u);
  CHECK(!absl::StrContains(told, kSecret));
  if (!settings.ok()) return;
  CHECK(settings->endpoint.port > 0 && !settings->endpoint.address.empty());
  CHECK(settings->api_path.front() == '/' && settings->api_path.size() <= 1024);
  for (const absl::Duration duration :
       {settings->recovery_timeout, settings->http_timeout, settings->subscription_backoff_max}) {
    CHECK(duration > absl::ZeroDuration() && duration < absl::InfiniteDuration());
  }
  // They stand in a request's head.
  for (const std::string& text : {settings->api_path, settings->token}) {
    for (const char c : text) CHECK(c > ' ' && c < 127);
  }
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({data, size});
  return 0;
}
