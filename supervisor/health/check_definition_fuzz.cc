// Any HealthCheck or CheckInfo, and any redirect of its answer: what can be probed, or an error.
#include <glog/logging.h>

#include "supervisor/base/fuzz_input.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/redirect.h"

namespace mesos_executor::health {
namespace {

constexpr std::string_view kAddresses[] = {"", "10.0.0.1", "2001:db8::1", "host"};

void CheckTarget(const HttpCheck& check) {
  CHECK(check.target.starts_with("/")) << check.target;
  for (const char c : check.target) CHECK(c > ' ' && c < 127);
  CHECK_GT(check.endpoint.port, 0);
}

void Test(const CheckDefinition& check, std::string_view location) {
  CHECK_GE(check.interval, absl::Milliseconds(10));
  CHECK_GE(check.delay, absl::ZeroDuration());
  CHECK_GT(check.timeout, absl::ZeroDuration());
  CHECK(!check.Name().empty());
  const auto* const http = std::get_if<HttpCheck>(&check.probe);
  if (http == nullptr) return;
  CheckTarget(*http);
  if (const auto redirected = ResolveRedirect(*http, location)) {
    CheckTarget(*redirected);
    CHECK_EQ(redirected->endpoint.address, http->endpoint.address);
  }
}

void Test(FuzzInput input) {
  const std::string_view public_ip = input.OneOf(kAddresses);
  const absl::string_view location = input.Bytes(200);
  const std::string bytes(input.Rest());
  mesos::v1::HealthCheck health;
  // Whatever could be read of it.
  health.ParsePartialFromString(bytes);
  if (const auto definition = ToHealthDefinition(health, public_ip); definition.ok()) {
    CHECK_GE(definition->grace_period, absl::ZeroDuration());
    Test(definition->check, {location.data(), location.size()});
  }
  mesos::v1::CheckInfo check;
  check.ParsePartialFromString(bytes);
  if (const auto definition = ToCheckDefinition(check, public_ip); definition.ok()) {
    Test(*definition, {location.data(), location.size()});
  }
}

}  // namespace
}  // namespace mesos_executor::health

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::health::Test({data, size});
  return 0;
}
