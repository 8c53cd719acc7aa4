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
  EXPECT_TRUE(settings->address == ConsulAddress());
  EXPECT_EQ(settings->address.host, "127.0.0.1");
  EXPECT_EQ(settings->address.port, 8500);
  EXPECT_EQ(settings->token, "");
  EXPECT_TRUE(settings->tls.verify_peer);
}

TEST(ConsulSettingsTest, SslMakesTheDefaultAddressHttps) {
  const auto settings = Read({{"CONSUL_HTTP_SSL", "1"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->address.tls);
  EXPECT_EQ(settings->address.port, 8500);
}

TEST(ConsulSettingsTest, EveryTlsSettingIsRead) {
  const auto settings = Read({{"CONSUL_HTTP_ADDR", "https://consul.example:8501"},
                              {"CONSUL_HTTP_SSL_VERIFY", "false"},
                              {"CONSUL_CACERT", "/ca.pem"},
                              {"CONSUL_CAPATH", "/cas"},
                              {"CONSUL_CLIENT_CERT", "/cert.pem"},
                              {"CONSUL_CLIENT_KEY", "/key.pem"},
                              {"CONSUL_TLS_SERVER_NAME", "server.dc1.consul"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->address.tls);
  EXPECT_FALSE(settings->tls.verify_peer);
  EXPECT_EQ(settings->tls.ca_file, "/ca.pem");
  EXPECT_EQ(settings->tls.ca_dir, "/cas");
  EXPECT_EQ(settings->tls.certificate_file, "/cert.pem");
  EXPECT_EQ(settings->tls.key_file, "/key.pem");
  EXPECT_EQ(settings->tls.server_name, "server.dc1.consul");
}

TEST(ConsulSettingsTest, TheTokenIsTheSeedsThenTheFilesThenTheVariables) {
  std::map<std::string, std::string> all = {
      {"CONSUL_TOKEN", "a"}, {"CONSUL_HTTP_TOKEN_FILE", "/token"}, {"CONSUL_HTTP_TOKEN", "b"}};
  EXPECT_EQ(Read(all)->token, "a");
  EXPECT_EQ(Read(all)->token_file, "");
  all["CONSUL_TOKEN"] = "";
  EXPECT_EQ(Read(all)->token, "");
  EXPECT_EQ(Read(all)->token_file, "/token");
  all.erase("CONSUL_HTTP_TOKEN_FILE");
  EXPECT_EQ(Read(all)->token, "b");
}

TEST(ConsulSettingsTest, ATokenThatCannotBeAHeaderIsRefusedWithoutShowingIt) {
  const auto settings = Read({{"CONSUL_TOKEN", "secret\r\nX: y"}});
  EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(settings.status().message().find("secret"), std::string::npos);
}

TEST(ConsulSettingsTest, CriticalServicesAreRemovedAfterATimeThatConsulKnows) {
  const auto after = [](const char* value) {
    return Read({{"CONSUL_DEREGISTER_CRITICAL_AFTER", value}})->deregister_critical_after;
  };
  EXPECT_EQ(after(""), absl::Minutes(15));
  EXPECT_EQ(after("1h30m"), absl::Minutes(90));
  EXPECT_EQ(after("90secs"), absl::Seconds(90));
  EXPECT_EQ(after("5s"), absl::Minutes(1));
  EXPECT_EQ(after("off"), absl::ZeroDuration());
  EXPECT_EQ(after("0"), absl::ZeroDuration());
}

TEST(ConsulSettingsTest, WhatMakesNoSenseIsRefusedByName) {
  for (const auto& [name, value] : {std::pair{"CONSUL_HTTP_ADDR", "ftp://x:1"},
                                    {"CONSUL_HTTP_SSL", "perhaps"},
                                    {"CONSUL_HTTP_SSL_VERIFY", "perhaps"},
                                    {"CONSUL_NAMESPACE", "team/other"},
                                    {"CONSUL_DEREGISTER_CRITICAL_AFTER", "soon"},
                                    {"CONSUL_DEREGISTER_CRITICAL_AFTER", "-5m"}}) {
    const auto status = Read({{name, value}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find(name), std::string::npos) << status;
    EXPECT_NE(status.message().find(value), std::string::npos) << status;
  }
}

TEST(ConsulSettingsTest, NamespaceAndPasswordAreRead) {
  const auto settings =
      Read({{"CONSUL_NAMESPACE", "team-1"}, {"CONSUL_HTTP_AUTH", "user:password"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->name_space, "team-1");
  EXPECT_EQ(settings->basic_auth, "user:password");
}

}  // namespace
}  // namespace mesos_executor::consul
