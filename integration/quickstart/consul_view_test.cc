#include "integration/quickstart/consul_view.h"

#include <gtest/gtest.h>

#include "supervisor/base/scripted_server.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::quickstart {
namespace {

constexpr char kServices[] = R"({
  "t1_web_80":{"ID":"t1_web_80","Service":"web","Address":"127.0.0.1","Port":80,"Tags":["a","b"]},
  "t2_web_81":{"ID":"t2_web_81","Service":"web","Address":"127.0.0.1","Port":81,"Tags":null}})";
constexpr char kChecks[] = R"({
  "service:t1_web_80:1":{"ServiceID":"t1_web_80","Status":"critical"},
  "service:t1_web_80:2":{"ServiceID":"t1_web_80","Status":"passing"},
  "service:t2_web_81":{"ServiceID":"t2_web_81","Status":"passing"}})";

TEST(ConsulViewTest, OnlyTheTasksServicesCountAndTheWorstCheck) {
  const auto services = ParseConsulServices(kServices, kChecks, "t1_");
  ASSERT_TRUE(services.ok()) << services.status();
  const ConsulService expected = {.id = "t1_web_80",
                                  .name = "web",
                                  .address = "127.0.0.1",
                                  .port = 80,
                                  .tags = {"a", "b"},
                                  .status = "critical"};
  ASSERT_EQ(services->size(), 1u);
  EXPECT_TRUE(services->front() == expected);
}

TEST(ConsulViewTest, WithoutChecksAServiceIsUnchecked) {
  const auto services = ParseConsulServices(kServices, "{}", "t2_");
  ASSERT_TRUE(services.ok()) << services.status();
  ASSERT_EQ(services->size(), 1u);
  EXPECT_EQ(services->front().status, "unchecked");
}

TEST(ConsulViewTest, WhatIsNotConsulsJsonIsAnError) {
  for (const char* text : {"", "[]", "{", R"({"a":1})"}) {
    EXPECT_FALSE(ParseConsulServices(text, "{}", "").ok()) << text;
    EXPECT_FALSE(ParseConsulServices("{}", text, "").ok()) << text;
  }
}

// What a look at this server finds.
absl::StatusOr<std::vector<ConsulService>> LookAt(ScriptedServer::Answer answer) {
  AsioEventLoop loop;
  ScriptedServer server(&loop, "127.0.0.1", std::move(answer));
  const auto client = NewHttpClient(&loop);
  ConsulView view(client.get(), server.endpoint(), "t1_");
  absl::StatusOr<std::vector<ConsulService>> found = absl::DeadlineExceededError("no answer");
  view.Look([&](absl::StatusOr<std::vector<ConsulService>> services) {
    found = std::move(services);
    loop.Stop();
  });
  const auto watchdog = loop.After(absl::Seconds(60), [&] { loop.Stop(); });
  loop.Run();
  return found;
}

TEST(ConsulViewTest, ALookAsksForServicesAndTheirChecks) {
  const auto found = LookAt([](const std::string& request) {
    const std::string body = request.starts_with("GET /v1/agent/services ") ? kServices
                             : request.starts_with("GET /v1/agent/checks ") ? kChecks
                                                                            : "";
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  });
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), 1u);
}

TEST(ConsulViewTest, ARefusalIsAnError) {
  const auto found = LookAt([](const std::string&) {
    return "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
  });
  EXPECT_EQ(found.status().message(), "Consul answered 500");
}

}  // namespace
}  // namespace mesos_executor::quickstart
