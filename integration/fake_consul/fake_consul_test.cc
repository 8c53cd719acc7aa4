#include "integration/fake_consul/fake_consul.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "integration/fake_consul/ask.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_consul {
namespace {

using ::testing::ElementsAre;

Question Register(const std::string& id) {
  return {"PUT", "/v1/agent/service/register", "", R"({"Name": "web", "ID": ")" + id + "\"}"};
}

TEST(FakeConsulTest, KeepsWhatItIsToldAndShowsIt) {
  FakeConsul consul;
  ASSERT_EQ(AskConsul(consul.port(), Register("a"))->status, 200);
  ASSERT_EQ(consul.Services().count("a"), 1u);
  EXPECT_EQ(consul.Services().at("a").name, "web");
  consul.Remove("a");
  EXPECT_TRUE(consul.Services().empty());
  EXPECT_THAT(consul.Requests(), ElementsAre("PUT /v1/agent/service/register"));
  EXPECT_EQ(consul.address(), "127.0.0.1:" + std::to_string(consul.port()));
}

TEST(FakeConsulTest, RestartsEmptyOnTheSamePort) {
  FakeConsul consul;
  const uint16_t port = consul.port();
  ASSERT_TRUE(AskConsul(port, Register("a")).ok());
  consul.Stop();
  EXPECT_EQ(AskConsul(port, Register("a")).status().code(), absl::StatusCode::kUnavailable);
  consul.StartEmpty();
  EXPECT_TRUE(consul.Services().empty());
  EXPECT_EQ(AskConsul(port, Register("b"))->status, 200);
}

// A short deadline, for an answer that never comes.
absl::Status AskBriefly(uint16_t port, const Question& question) {
  AsioEventLoop loop;
  const auto client = NewHttpClient(&loop);
  absl::Status result;
  const auto sent = client->Send({.endpoint = TcpEndpoint{"127.0.0.1", port},
                                  .method = question.method,
                                  .target = question.target,
                                  .headers = {},
                                  .body = question.body,
                                  .timeout = absl::Milliseconds(200)},
                                 [&](const absl::StatusOr<HttpResponse>& answer) {
                                   result = answer.status();
                                   loop.Stop();
                                 });
  loop.Run();
  return result;
}

TEST(FakeConsulTest, ASilentOneNeverAnswers) {
  FakeConsul consul;
  consul.SetSilence(FakeConsul::Silence::kIgnores);
  EXPECT_TRUE(absl::IsDeadlineExceeded(AskBriefly(consul.port(), Register("a"))));
  consul.SetSilence(FakeConsul::Silence::kCarriesOut);
  EXPECT_TRUE(absl::IsDeadlineExceeded(AskBriefly(consul.port(), Register("b"))));
  consul.SetSilence(FakeConsul::Silence::kOff);
  EXPECT_EQ(AskConsul(consul.port(), Register("c"))->status, 200);
  EXPECT_EQ(consul.Services().size(), 2u);
  EXPECT_EQ(consul.Services().count("a"), 0u);
}

TEST(FakeConsulTest, HealthCanBeAskedForPassingOnesOnly) {
  FakeConsul consul;
  AskConsul(consul.port(),
            {"PUT", "/v1/agent/service/register", "",
             R"({"Name": "web", "ID": "sick", "Check": {"TCP": "x:1", "Interval": "1s"}})"})
      .value();
  AskConsul(consul.port(), Register("plain")).value();
  const auto all = AskConsul(consul.port(), {"GET", "/v1/health/service/web", "", ""});
  EXPECT_NE(all->body.find("sick"), std::string::npos);
  const auto passing = AskConsul(consul.port(), {"GET", "/v1/health/service/web?passing", "", ""});
  EXPECT_EQ(passing->body.find("sick"), std::string::npos);
  EXPECT_NE(passing->body.find("plain"), std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::fake_consul
