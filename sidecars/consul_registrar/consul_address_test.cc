#include "sidecars/consul_registrar/consul_address.h"

#include <gtest/gtest.h>

namespace mesos_executor::consul {
namespace {

TEST(ConsulAddressTest, EverySpellingIsRead) {
  struct {
    const char* text;
    bool tls;
    ConsulAddress expected;
  } const kCases[] = {
      {"127.0.0.1:8501", false, {.host = "127.0.0.1", .port = 8501}},
      {"http://localhost:8500", false, {.host = "localhost", .port = 8500}},
      {"http://consul.example/", false, {.host = "consul.example", .port = 80}},
      {"consul:1", false, {.host = "consul", .port = 1}},
      {"[::1]:8500", false, {.host = "::1", .port = 8500}},
      {"http://[fe80::1%eth0]", false, {.host = "fe80::1%eth0", .port = 80}},
      {"https://consul.example", false, {.host = "consul.example", .port = 443, .tls = true}},
      {"https://127.0.0.1:8501", true, {.host = "127.0.0.1", .port = 8501, .tls = true}},
      {"http://consul:8501", true, {.host = "consul", .port = 8501, .tls = true}},
      {"consul", true, {.host = "consul", .port = 443, .tls = true}},
      {"unix:///run/consul.sock", false, {.socket = "/run/consul.sock"}},
  };
  for (const auto& c : kCases) {
    const auto address = ParseConsulAddress(c.text, c.tls);
    ASSERT_TRUE(address.ok()) << c.text << ": " << address.status();
    EXPECT_TRUE(*address == c.expected) << c.text;
  }
}

TEST(ConsulAddressTest, WhatMakesNoSenseIsShownAndRefused) {
  const std::string long_path = "unix:///" + std::string(107, 'x');
  for (const std::string text :
       {"127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":8500", "::1:8500", "[::1", "[::1]x",
        "http://a b:1", "http://host:1/prefix", "host:80x", "ftp://x:1", "unix://", "unix://x",
        long_path.c_str()}) {
    const auto status = ParseConsulAddress(text, false).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(text.substr(0, 90)), std::string::npos) << status;
  }
  EXPECT_FALSE(ParseConsulAddress(std::string(300, 'a') + ":1", false).ok());
  EXPECT_FALSE(ParseConsulAddress("\r\n:1", false).ok());
  EXPECT_FALSE(ParseConsulAddress("unix:///run/consul.sock", /*tls=*/true).ok());
}

TEST(ConsulAddressTest, APasswordIsNotRepeated) {
  for (const auto* text : {"http://user:secret@host:1", "https://user:secret@host:1",
                           "user:secret@host:1", "://user:secret@host", "unix://user:secret@x"}) {
    const auto status = ParseConsulAddress(text, false).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message().find("secret"), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace mesos_executor::consul
