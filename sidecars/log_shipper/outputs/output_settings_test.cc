#include "sidecars/log_shipper/outputs/output_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Protocol = OutputSettings::Protocol;
using Variables = std::map<std::string, std::string, std::less<>>;

// Without ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_ before the names.
absl::StatusOr<OutputSettings> Read(const Variables& variables) {
  Variables all;
  for (const auto& [name, value] : variables) {
    all.emplace("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_" + name, value);
  }
  return ReadOutputSettings(sidecar::Settings(Environment(std::move(all))));
}

TEST(OutputSettingsTest, AnAddressIsEnoughAndTheRestIsTheGoExecutors) {
  const auto settings = Read({{"ADDRESS", "logs:5000,10.0.0.1:5001"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->protocol, Protocol::kTcp);
  EXPECT_THAT(settings->receivers, ElementsAre(Receiver{"logs", 5000}, Receiver{"10.0.0.1", 5001}));
  EXPECT_EQ(settings->discovery_service, "");
  EXPECT_EQ(settings->discovery_refresh, absl::Seconds(1));
  EXPECT_EQ(settings->tcp_timeout, absl::Seconds(2));
  EXPECT_EQ(settings->tcp_keep_alive, absl::Seconds(5));
  EXPECT_EQ(settings->rate_limit, 0u);
  EXPECT_EQ(settings->max_entry(), SIZE_MAX);
  EXPECT_FALSE(settings->tls.has_value());
  EXPECT_THAT(settings->notes, IsEmpty());
}

TEST(OutputSettingsTest, AllOfThemAreRead) {
  const auto settings = Read({{"PROTOCOL", "UDP"},
                              {"DISCOVERY_SERVICE_NAME", "logstash"},
                              {"DISCOVERY_REFRESH_INTERVAL", "1m30s"},
                              {"RATE_LIMIT", "500"},
                              {"SIZE_LIMIT", "32768"},
                              {"UDP_RATE", "7"},
                              {"TCP_KEEP_ALIVE", "0s"},
                              {"TCP_TIMEOUT", "150ms"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->protocol, Protocol::kUdp);
  EXPECT_THAT(settings->receivers, IsEmpty());
  EXPECT_EQ(settings->discovery_service, "logstash");
  EXPECT_EQ(settings->discovery_refresh, absl::Seconds(90));
  EXPECT_EQ(settings->rate_limit, 500u);
  EXPECT_EQ(settings->max_entry(), 32768u);
  EXPECT_EQ(settings->udp_rate, 7u);
  EXPECT_EQ(settings->tcp_keep_alive, absl::ZeroDuration());
  EXPECT_EQ(settings->tcp_timeout, absl::Milliseconds(150));
}

TEST(OutputSettingsTest, ADatagramBoundsAnEntryAndItsNewline) {
  EXPECT_EQ(Read({{"PROTOCOL", "udp"}, {"ADDRESS", "a:1"}})->max_entry(), 65506u);
  EXPECT_EQ(Read({{"PROTOCOL", "udp"}, {"ADDRESS", "a:1"}, {"SIZE_LIMIT", "100000"}})->max_entry(),
            65506u);
}

TEST(OutputSettingsTest, FilesAndStdoutAreForTrying) {
  const auto file = Read({{"PROTOCOL", "file"}, {"ADDRESS", "/tmp/entries"}});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->protocol, Protocol::kFile);
  EXPECT_EQ(file->file, "/tmp/entries");
  EXPECT_EQ(Read({{"PROTOCOL", "stdout"}})->protocol, Protocol::kStdout);
}

TEST(OutputSettingsTest, TlsIsRead) {
  const auto plain = Read({{"ADDRESS", "a:1"}, {"TLS", "true"}});
  ASSERT_TRUE(plain.ok()) << plain.status();
  ASSERT_TRUE(plain->tls.has_value());
  EXPECT_TRUE(plain->tls->verify_peer);
  const auto full = Read({{"ADDRESS", "a:1"},
                          {"TLS", "1"},
                          {"TLS_CACERT", "/ca"},
                          {"TLS_CERT", "/cert"},
                          {"TLS_KEY", "/key"},
                          {"TLS_VERIFY", "false"},
                          {"TLS_SERVER_NAME", "logs.example"}});
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->tls->ca_file, "/ca");
  EXPECT_EQ(full->tls->certificate_file, "/cert");
  EXPECT_EQ(full->tls->key_file, "/key");
  EXPECT_EQ(full->tls->server_name, "logs.example");
  EXPECT_FALSE(full->tls->verify_peer);
}

TEST(OutputSettingsTest, WhatMakesNoSenseIsRefusedByName) {
  const struct {
    Variables variables;
    const char* name;
    const char* why;
  } kCases[] = {
      {{}, "ADDRESS", "or ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_DISCOVERY_SERVICE_NAME"},
      {{{"ADDRESS", ""}}, "ADDRESS", "must be the receiver's host:port"},
      {{{"ADDRESS", "x"}}, "ADDRESS", "\"x\": expected host:port"},
      {{{"ADDRESS", "a:1"}, {"PROTOCOL", "http"}}, "PROTOCOL", "must be tcp, udp, file or stdout"},
      {{{"PROTOCOL", "file"}, {"ADDRESS", "relative"}}, "ADDRESS", "absolute path"},
      {{{"PROTOCOL", "file"}}, "ADDRESS", "absolute path"},
      {{{"ADDRESS", "a:1"}, {"TCP_TIMEOUT", "soon"}}, "TCP_TIMEOUT", "soon"},
      {{{"ADDRESS", "a:1"}, {"TCP_TIMEOUT", "0s"}}, "TCP_TIMEOUT", "at least 1ms"},
      {{{"ADDRESS", "a:1"}, {"DISCOVERY_REFRESH_INTERVAL", "1ms"}},
       "DISCOVERY_REFRESH_INTERVAL",
       "at least 100ms"},
      {{{"DISCOVERY_SERVICE_NAME", std::string(300, 'a')}}, "DISCOVERY_SERVICE_NAME", "longer"},
      {{{"ADDRESS", "a:1"}, {"RATE_LIMIT", "-1"}}, "RATE_LIMIT", "must be a number"},
      {{{"ADDRESS", "a:1"}, {"SIZE_LIMIT", "1k"}}, "SIZE_LIMIT", "must be a number"},
      {{{"ADDRESS", "a:1"}, {"UDP_RATE", "0"}}, "UDP_RATE", "at least 1"},
      {{{"ADDRESS", "a:1"}, {"TLS", "maybe"}}, "TLS", "true or false"},
      {{{"ADDRESS", "a:1"}, {"TLS_CACERT", "/ca"}}, "TLS", "must be true"},
      {{{"ADDRESS", "a:1"}, {"PROTOCOL", "udp"}, {"TLS", "true"}}, "TLS", "needs the protocol tcp"},
      {{{"ADDRESS", "a:1"}, {"TLS", "true"}, {"TLS_KEY", "/k"}}, "TLS_CERT", "go together"},
  };
  for (const auto& c : kCases) {
    const auto settings = Read(c.variables);
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(settings.status().message()),
                StartsWith("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_" + std::string(c.name) + ": "));
    EXPECT_THAT(settings.status().message(), HasSubstr(c.why));
  }
}

TEST(OutputSettingsTest, ABufferSizeIsUnderstoodAndSaidToDoNothing) {
  const auto settings = ReadOutputSettings(sidecar::Settings(Environment(
      Variables{{"SERVICELOG_LOGSTASH_PROTOCOL", "stdout"}, {"SERVICELOG_BUFFER_SIZE", "2000"}})));
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->notes, ElementsAre(HasSubstr("SERVICELOG_BUFFER_SIZE does nothing")));
}

TEST(OutputSettingsTest, ConsulIsReadWithAServiceOnly) {
  Variables variables = {{"SERVICELOG_LOGSTASH_ADDRESS", "a:1"},
                         {"CONSUL_HTTP_ADDR", "no address"}};
  const auto read = [&] { return ReadOutputSettings(sidecar::Settings(Environment(variables))); };
  EXPECT_TRUE(read().ok());
  variables["SERVICELOG_LOGSTASH_DISCOVERY_SERVICE_NAME"] = "logstash";
  EXPECT_THAT(read().status().message(), HasSubstr("CONSUL_HTTP_ADDR"));
  variables["CONSUL_HTTP_ADDR"] = "consul:8501";
  const auto settings = read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->consul.address.host, "consul");
  EXPECT_THAT(settings->receivers, ElementsAre(Receiver{"a", 1}));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
