#include "sidecars/vaas_registrar/vaas_settings.h"

#include <gtest/gtest.h>

#include <map>

namespace mesos_executor::vaas {
namespace {

absl::StatusOr<VaasSettings> Read(std::map<std::string, std::string> values) {
  values.emplace("VAAS_HOST", "http://vaas.example");
  values.emplace("VAAS_USERNAME", "admin");
  values.emplace("VAAS_TOKEN", "secret");
  return ReadVaasSettings([&](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(VaasSettingsTest, TheSeedsSettingsAreTaken) {
  const auto settings = Read({{"VAAS_ASYNC_TIMEOUT", "2m"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->username, "admin");
  EXPECT_EQ(settings->token, "secret");
  EXPECT_EQ(settings->async_timeout, absl::Minutes(2));
  EXPECT_EQ(Read({})->async_timeout, absl::Seconds(90));
}

TEST(VaasSettingsTest, TheHostMayHaveASchemeAndAPort) {
  const struct {
    const char* text;
    bool tls;
    const char* host;
    int port;
  } kCases[] = {
      {"http://vaas.example", false, "vaas.example", 80},
      {"http://vaas.example/", false, "vaas.example", 80},
      {"https://vaas.example", true, "vaas.example", 443},
      {"https://vaas.example:8443", true, "vaas.example", 8443},
      {"vaas:3030", false, "vaas", 3030},
      {"10.0.0.1", false, "10.0.0.1", 80},
      {"http://[::1]:3030", false, "::1", 3030},
      {"https://[::1]", true, "::1", 443},
  };
  for (const auto& expected : kCases) {
    const auto settings = Read({{"VAAS_HOST", expected.text}});
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_EQ(settings->tls, expected.tls) << expected.text;
    EXPECT_EQ(settings->host, expected.host) << expected.text;
    EXPECT_EQ(settings->port, expected.port) << expected.text;
  }
}

TEST(VaasSettingsTest, TimeoutsOfBackendsAreThoseThatAreSet) {
  EXPECT_EQ(Read({})->timeouts, BackendTimeouts());
  const auto settings = Read({{"VAAS_CONNECT_TIMEOUT", "300ms"},
                              {"VAAS_FIRST_BYTE_TIMEOUT", "5s"},
                              {"VAAS_BETWEEN_BYTES_TIMEOUT", "1s"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->timeouts.connect, absl::Milliseconds(300));
  EXPECT_EQ(settings->timeouts.first_byte, absl::Seconds(5));
  EXPECT_EQ(settings->timeouts.between_bytes, absl::Seconds(1));
}

TEST(VaasSettingsTest, WhatMakesNoSenseIsAnErrorThatNamesItAndHoldsNoSecret) {
  const std::pair<const char*, const char*> kCases[] = {
      {"VAAS_HOST", ""},
      {"VAAS_HOST", "ftp://vaas"},
      {"VAAS_HOST", "http://vaas/path"},
      {"VAAS_HOST", "http://admin:secret@vaas"},
      {"VAAS_HOST", "http://vaas/?api_key=secret"},
      {"VAAS_HOST", "http://vaas:0"},
      {"VAAS_HOST", "http://vaas:70000"},
      {"VAAS_HOST", "http://[::1"},
      {"VAAS_HOST", "http://[::1]x"},
      {"VAAS_HOST", "::1"},
      {"VAAS_HOST", "http://"},
      {"VAAS_HOST", "http://a b"},
      {"VAAS_USERNAME", ""},
      {"VAAS_TOKEN", ""},
      {"VAAS_TOKEN", "secret\n"},
      {"VAAS_USERNAME", "a b"},
      {"VAAS_CACERT", "/ca.pem"},
      {"VAAS_ASYNC_TIMEOUT", "soon"},
      {"VAAS_ASYNC_TIMEOUT", "2h"},
      {"VAAS_CONNECT_TIMEOUT", "soon"},
      {"VAAS_CONNECT_TIMEOUT", "1ms"},
      {"VAAS_FIRST_BYTE_TIMEOUT", "2m"},
      {"VAAS_BETWEEN_BYTES_TIMEOUT", "0s"},
  };
  for (const auto& [name, value] : kCases) {
    const absl::Status status = Read({{name, value}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name << "=" << value;
    EXPECT_NE(status.message().find(name), std::string::npos) << status;
    EXPECT_EQ(status.message().find("secret"), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace mesos_executor::vaas
