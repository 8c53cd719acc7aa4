#include "sidecars/runtime/metrics_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;

TEST(MetricsEndpointTest, APathAndLoopbackAddressesAreRead) {
  EXPECT_EQ(*ParseMetricsEndpoint("unix:/run/m.sock"), Endpoint(UnixEndpoint{"/run/m.sock"}));
  EXPECT_EQ(*ParseMetricsEndpoint("127.0.0.1:9100"), Endpoint(TcpEndpoint{"127.0.0.1", 9100}));
  EXPECT_EQ(*ParseMetricsEndpoint("127.1.2.3:0"), Endpoint(TcpEndpoint{"127.1.2.3", 0}));
  EXPECT_EQ(*ParseMetricsEndpoint("[::1]:65535"), Endpoint(TcpEndpoint{"::1", 65535}));
}

TEST(MetricsEndpointTest, EachMistakeSaysWhatWouldBeRight) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no port"},
      {"unix:", "no path"},
      {"9100", "no port"},
      {":9100", "no IP address"},
      {"localhost:9100", "no IP address"},
      {"::1:9100", "no IP address"},
      {"[127.0.0.1]:9100", "no IPv6 address"},
      {"127.0.0.1:", "no port from"},
      {"127.0.0.1:+1", "no port from"},
      {"127.0.0.1:65536", "no port from"},
      {"127.0.0.1:http", "no port from"},
      {"0.0.0.0:9100", "other hosts"},
      {"10.0.0.1:9100", "other hosts"},
      {"[::]:9100", "other hosts"},
      {"[::ffff:127.0.0.1]:9100", "other hosts"},
  };
  for (const auto& [text, words] : cases) {
    const auto endpoint = ParseMetricsEndpoint(text);
    EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(endpoint.status().message()), HasSubstr(words));
    EXPECT_THAT(std::string(endpoint.status().message()), HasSubstr("127.0.0.1:PORT"));
  }
}

}  // namespace
}  // namespace mesos_executor::sidecar
