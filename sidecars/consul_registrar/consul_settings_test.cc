#include "sidecars/consul_registrar/consul_settings.h"

#include <gtest/gtest.h>

#include <map>

namespace mesos_executor::consul {
namespace {

absl::StatusOr<ConsulSettings> Read(const std::map<std::string, std::string>& settings) {
  return ReadConsulSettings([&](const std::string& name) -> std::optional<std::string> {
    const auto found = settings.find(name);
    if (found == settings.end()) return std::nullopt;
    return found->second;
  });
}

TEST(ConsulSettingsTest, DefaultsAreConsulsOwn) {
  const auto settings = Read({{"CONSUL_HTTP_ADDR", ""}, {"CONSUL_HTTP_SSL", "false"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->host, "127.0.0.1");
  EXPECT_EQ(settings->port, 8500);
  EXPECT_EQ(settings->token, "");
}

TEST(ConsulSettingsTest, AddressesAreRead) {
  struct {
    const char* address;
    const char* host;
    uint16_t port;
  } const kCases[] = {
      {"127.0.0.1:8501", "127.0.0.1", 8501},
      {"http://localhost:8500", "localhost", 8500},
      {"http://consul.example/", "consul.example", 80},
      {"consul:1", "consul", 1},
      {"[::1]:8500", "::1", 8500},
      {"http://[fe80::1%eth0]", "fe80::1%eth0", 80},
  };
  for (const auto& c : kCases) {
    const auto settings = Read({{"CONSUL_HTTP_ADDR", c.address}});
    ASSERT_TRUE(settings.ok()) << c.address << ": " << settings.status();
    EXPECT_EQ(settings->host, c.host) << c.address;
    EXPECT_EQ(settings->port, c.port) << c.address;
  }
}

TEST(ConsulSettingsTest, AddressesThatMakeNoSenseAreRefusedByName) {
  for (const auto* address :
       {"https://127.0.0.1:8501", "unix:///run/consul.sock", "127.0.0.1:", "127.0.0.1:0",
        "127.0.0.1:65536", ":8500", "::1:8500", "[::1", "[::1]x", "http://a b:1",
        "http://host:1/prefix", "host:80x", "ftp://x:1", "\r\n:1"}) {
    const auto settings = Read({{"CONSUL_HTTP_ADDR", address}});
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_NE(settings.status().message().find("CONSUL_HTTP_ADDR"), std::string::npos) << address;
  }
  EXPECT_EQ(Read({{"CONSUL_HTTP_ADDR", std::string(300, 'a') + ":1"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ConsulSettingsTest, APasswordInTheAddressIsNotRepeated) {
  for (const auto* address : {"http://user:secret@host:1", "https://user:secret@host:1",
                              "user:secret@host:1", "://user:secret@host"}) {
    const auto settings = Read({{"CONSUL_HTTP_ADDR", address}});
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_EQ(settings.status().message().find("secret"), std::string::npos) << address;
  }
}

TEST(ConsulSettingsTest, ConsulTokenGoesBeforeConsulHttpToken) {
  EXPECT_EQ(Read({{"CONSUL_TOKEN", "a"}, {"CONSUL_HTTP_TOKEN", "b"}})->token, "a");
  EXPECT_EQ(Read({{"CONSUL_TOKEN", ""}, {"CONSUL_HTTP_TOKEN", "b"}})->token, "b");
}

TEST(ConsulSettingsTest, ATokenThatCannotBeAHeaderIsRefusedWithoutShowingIt) {
  const auto settings = Read({{"CONSUL_TOKEN", "secret\r\nX: y"}});
  EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(settings.status().message().find("secret"), std::string::npos);
}

TEST(ConsulSettingsTest, WhatIsNotSupportedIsRefusedRatherThanIgnored) {
  for (const auto* name : {"CONSUL_HTTP_SSL", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_HTTP_AUTH",
                           "CONSUL_NAMESPACE", "CONSUL_CACERT", "CONSUL_CAPATH",
                           "CONSUL_CLIENT_CERT", "CONSUL_CLIENT_KEY", "CONSUL_TLS_SERVER_NAME"}) {
    const auto settings = Read({{name, "true"}});
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_NE(settings.status().message().find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace mesos_executor::consul
