#include "supervisor/health/check_definition.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

absl::StatusOr<HealthDefinition> ReadHealth(const std::string& text,
                                            std::string_view public_ip = "") {
  mesos::v1::HealthCheck check;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &check)) << text;
  return ToHealthDefinition(check, public_ip);
}

// What a health check has in common with a check.
absl::StatusOr<CheckDefinition> Read(const std::string& text, std::string_view public_ip = "") {
  absl::StatusOr<HealthDefinition> definition = ReadHealth(text, public_ip);
  if (!definition.ok()) return definition.status();
  return definition->check;
}

absl::StatusOr<CheckDefinition> ReadCheck(const std::string& text,
                                          std::string_view public_ip = "") {
  mesos::v1::CheckInfo check;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &check)) << text;
  return ToCheckDefinition(check, public_ip);
}

TEST(CheckDefinitionTest, HasMesosDefaults) {
  const auto health = ReadHealth("type: HTTP http { port: 31000 }");
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->grace_period, absl::Seconds(10));
  EXPECT_EQ(health->consecutive_failures, 3u);
  EXPECT_EQ(health->min_successes, 1u);
  const auto check = ReadCheck("type: HTTP http { port: 31000 }");
  ASSERT_TRUE(check.ok()) << check.status();
  for (const CheckDefinition* definition : {&health->check, &*check}) {
    EXPECT_EQ(definition->delay, absl::Seconds(15));
    EXPECT_EQ(definition->interval, absl::Seconds(10));
    EXPECT_EQ(definition->timeout, absl::Seconds(20));
    const auto& http = std::get<HttpCheck>(definition->probe);
    EXPECT_EQ(http.endpoint, (TcpEndpoint{"127.0.0.1", 31000}));
    EXPECT_EQ(http.target, "/");
    EXPECT_FALSE(http.tls);
  }
}

TEST(CheckDefinitionTest, TakesFractionsOfSecondsAndZeroesAsMesosMeansThem) {
  const auto definition = ReadHealth(
      "type: TCP tcp { port: 1 } delay_seconds: 0 interval_seconds: 0 timeout_seconds: 0 "
      "grace_period_seconds: 0.25 consecutive_failures: 0");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->check.delay, absl::ZeroDuration());
  EXPECT_EQ(definition->check.interval, absl::Milliseconds(10));
  EXPECT_EQ(definition->check.timeout, absl::InfiniteDuration());
  EXPECT_EQ(definition->grace_period, absl::Milliseconds(250));
  EXPECT_EQ(definition->consecutive_failures, 0u);
}

TEST(CheckDefinitionTest, InfersTheTypeWhereItIsLeftOut) {
  for (const char* type : {"", "type: UNKNOWN "}) {
    const auto http = Read(std::string(type) + "http { port: 80 path: '/a?b=c#d' scheme: 'http' }");
    ASSERT_TRUE(http.ok()) << http.status();
    EXPECT_EQ(std::get<HttpCheck>(http->probe).target, "/a?b=c");
    EXPECT_EQ(http->Name(), "HTTP check of 127.0.0.1:80/a");
    const auto tcp = Read(std::string(type) + "tcp { port: 80 }");
    ASSERT_TRUE(tcp.ok()) << tcp.status();
    EXPECT_EQ(tcp->Name(), "TCP check of 127.0.0.1:80");
  }
}

TEST(CheckDefinitionTest, AnHttpCheckMayBeOverTls) {
  const auto definition = Read("http { port: 443 scheme: 'https' path: '/x?secret=1' }");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_TRUE(std::get<HttpCheck>(definition->probe).tls);
  EXPECT_EQ(definition->Name(), "HTTPS check of 127.0.0.1:443/x");
}

TEST(CheckDefinitionTest, ACommandIsForAShellOrForNone) {
  const std::string kinds[] = {"value: 'a | b' arguments: 'ignored'",
                               "shell: false value: 'prog' arguments: 'p' arguments: 'x y'",
                               "shell: false value: 'prog'"};
  const CheckCommand expected[] = {
      {{"sh", "-c", "a | b"}, "/bin/sh"}, {{"p", "x y"}, "prog"}, {{"prog"}, "prog"}};
  for (size_t i = 0; i < std::size(kinds); ++i) {
    const auto health = Read(absl::StrCat("command { ", kinds[i], " }"));
    const auto check = ReadCheck(absl::StrCat("command { command { ", kinds[i], " } }"));
    for (const auto* definition : {&health, &check}) {
      ASSERT_TRUE(definition->ok()) << definition->status();
      const auto& command = std::get<CheckCommand>((*definition)->probe);
      EXPECT_EQ(command.argv, expected[i].argv);
      EXPECT_EQ(command.program, expected[i].program);
      EXPECT_EQ((*definition)->Name(), "COMMAND check by " + expected[i].program);
    }
  }
}

TEST(CheckDefinitionTest, ACommandHasVariablesOfItsOwn) {
  const auto definition = Read(
      "command { value: 'true' environment { variables { name: 'A' value: '1' } "
      "variables { name: 'S' type: SECRET } variables { name: 'B' value: '' } } }");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_THAT(std::get<CheckCommand>(definition->probe).environment,
              ElementsAre(Pair("A", "1"), Pair("B", "")));
}

TEST(CheckDefinitionTest, ChecksThePublicAddressOfTheFamilyAskedForElseLoopback) {
  const struct {
    const char* protocol;
    const char* public_ip;
    const char* address;
  } kCases[] = {
      {"", "", "127.0.0.1"},
      {"protocol: IPv4", "", "127.0.0.1"},
      {"protocol: IPv6", "", "::1"},
      {"", "10.1.2.3", "10.1.2.3"},
      {"protocol: IPv4", "10.1.2.3", "10.1.2.3"},
      {"protocol: IPv6", "10.1.2.3", "::1"},
      {"", "fd00::1", "fd00::1"},
      {"protocol: IPv6", "fd00::1", "fd00::1"},
      {"protocol: IPv4", "fd00::1", "127.0.0.1"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.protocol, " ", c.public_ip));
    const auto http = Read(absl::StrCat("http { port: 80 ", c.protocol, " }"), c.public_ip);
    ASSERT_TRUE(http.ok()) << http.status();
    EXPECT_EQ(std::get<HttpCheck>(http->probe).endpoint.address, c.address);
    const auto tcp = Read(absl::StrCat("tcp { port: 80 ", c.protocol, " }"), c.public_ip);
    ASSERT_TRUE(tcp.ok()) << tcp.status();
    EXPECT_EQ(std::get<TcpCheck>(tcp->probe).endpoint.address, c.address);
    if (*c.protocol != '\0') continue;  // A CheckInfo has none.
    const auto check = ReadCheck("tcp { port: 80 }", c.public_ip);
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(std::get<TcpCheck>(check->probe).endpoint.address, c.address);
  }
}

TEST(CheckDefinitionTest, SaysWhatIsWrong) {
  const struct {
    const char* check;
    const char* message;
  } kCases[] = {
      {"", "health check: none of command, http and tcp is set"},
      {"type: COMMAND command { user: 'x' }", "command.value is not set"},
      {"http { port: 0 }", "port 0 is not in 1 to 65535"},
      {"tcp { port: 65536 }", "port 65536 is not in 1 to 65535"},
      {"http { port: 1 path: 'health' }", "http.path does not start with /"},
      {"http { port: 1 path: '/a b' }", "http.path has blanks"},
      {"http { port: 1 path: '/a\\r\\nX: y' }", "http.path has blanks"},
      {"http { port: 1 scheme: 'ftp' }", "http.scheme is neither http nor https"},
      {"http { port: 1 } delay_seconds: -1", "delay_seconds is -1"},
      {"http { port: 1 } interval_seconds: -0.5", "interval_seconds is -0.5"},
      {"http { port: 1 } timeout_seconds: nan", "timeout_seconds is nan"},
      {"http { port: 1 } grace_period_seconds: -inf", "grace_period_seconds is -inf"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = Read(c.check).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.check;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message)) << c.check;
  }
  EXPECT_THAT(
      std::string(
          Read("http { port: 1 path: '/" + std::string(8 << 10, 'x') + "' }").status().message()),
      HasSubstr("http.path has 8193 bytes"));
  EXPECT_THAT(std::string(Read("http { port: 1 }", "host.example").status().message()),
              HasSubstr("CLOUD_PUBLIC_IP is not an IP address"));
  EXPECT_EQ(ReadCheck("").status().message(), "check: none of command, http and tcp is set");
  EXPECT_EQ(ReadCheck("tcp { port: 0 }").status().message(), "check: port 0 is not in 1 to 65535");
  EXPECT_EQ(ReadCheck("command { command {} }").status().message(),
            "check: command.value is not set");
}

}  // namespace
}  // namespace mesos_executor::health
