#include "supervisor/base/task_endpoint.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor {
namespace {

using ::mesos::v1::NetworkInfo;

TEST(TaskEndpointTest, IsThePublicAddressIfOfTheFamilyAskedForElseLoopback) {
  const struct {
    std::optional<NetworkInfo::Protocol> protocol;
    const char* public_ip;
    const char* address;
  } kCases[] = {
      {std::nullopt, "", "127.0.0.1"},
      {NetworkInfo::IPv4, "", "127.0.0.1"},
      {NetworkInfo::IPv6, "", "::1"},
      {std::nullopt, "10.1.2.3", "10.1.2.3"},
      {NetworkInfo::IPv4, "10.1.2.3", "10.1.2.3"},
      {NetworkInfo::IPv6, "10.1.2.3", "::1"},
      {std::nullopt, "fd00::1", "fd00::1"},
      {NetworkInfo::IPv4, "fd00::1", "127.0.0.1"},
      {NetworkInfo::IPv6, "fd00::1", "fd00::1"},
  };
  for (const auto& c : kCases) {
    const auto endpoint = EndpointOfTask(65535, c.protocol, c.public_ip);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_EQ(*endpoint, (TcpEndpoint{c.address, 65535})) << c.public_ip;
  }
}

TEST(TaskEndpointTest, SaysWhatIsWrong) {
  EXPECT_EQ(EndpointOfTask(0, std::nullopt, "").status(),
            absl::InvalidArgumentError("port 0 is not in 1 to 65535"));
  EXPECT_EQ(EndpointOfTask(65536, std::nullopt, "").status(),
            absl::InvalidArgumentError("port 65536 is not in 1 to 65535"));
  EXPECT_EQ(EndpointOfTask(80, std::nullopt, "host.example").status(),
            absl::InvalidArgumentError("CLOUD_PUBLIC_IP is not an IP address"));
}

}  // namespace
}  // namespace mesos_executor
