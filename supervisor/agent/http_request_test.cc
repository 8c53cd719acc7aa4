#include "supervisor/agent/http_request.h"

#include <gtest/gtest.h>

namespace mesos_executor::agent {
namespace {

AgentSettings Settings() {
  AgentSettings settings;
  settings.endpoint.address = "127.0.0.1";
  settings.endpoint.port = 5051;
  return settings;
}

TEST(HttpRequestTest, HasTheHeadersThatAnAgentWantsAndNoOthers) {
  EXPECT_EQ(HttpRequestText(Settings(), "/api/v1/executor", "application/json", "body"),
            "POST /api/v1/executor HTTP/1.1\r\n"
            "Host: 127.0.0.1:5051\r\n"
            "Connection: keep-alive\r\n"
            "Accept: application/json\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 4\r\n"
            "\r\n"
            "body");
}

TEST(HttpRequestTest, CarriesTheTokenIfThereIsOne) {
  AgentSettings settings = Settings();
  settings.endpoint.address = "::1";
  settings.token = "a.b.c";
  EXPECT_EQ(HttpRequestText(settings, "/slave(1)/api/v1/executor", "application/x-protobuf", ""),
            "POST /slave(1)/api/v1/executor HTTP/1.1\r\n"
            "Host: [::1]:5051\r\n"
            "Connection: keep-alive\r\n"
            "Accept: application/x-protobuf\r\n"
            "Content-Type: application/x-protobuf\r\n"
            "Content-Length: 0\r\n"
            "Authorization: Bearer a.b.c\r\n"
            "\r\n");
}

}  // namespace
}  // namespace mesos_executor::agent
