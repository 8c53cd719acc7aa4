#include "sidecars/log_shipper/outputs/health_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::StatusOr<std::vector<Receiver>> Read(const std::string& body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  return ReadHealthAnswer(response);
}

TEST(HealthAnswerTest, TheQuestionIsForPassingInstances) {
  EXPECT_EQ(HealthTarget("logstash", ""), "/v1/health/service/logstash?passing=1");
  EXPECT_EQ(HealthTarget("a/b c?", "team"), "/v1/health/service/a%2Fb%20c%3F?passing=1&ns=team");
}

TEST(HealthAnswerTest, InstancesAreReadAsConsulWritesThem) {
  const auto receivers = Read(R"([
    {"Node": {"Node": "n1", "Address": "10.0.0.1"},
     "Service": {"ID": "l1", "Service": "logstash", "Address": "10.1.0.1", "Port": 5000},
     "Checks": [{"Status": "passing"}]},
    {"Node": {"Node": "n2", "Address": "10.0.0.2"},
     "Service": {"ID": "l2", "Service": "logstash", "Address": "", "Port": 5001}},
    {"Node": {"Node": "n2", "Address": "10.0.0.2"},
     "Service": {"ID": "l3", "Service": "logstash", "Port": 5001}}])");
  ASSERT_TRUE(receivers.ok()) << receivers.status();
  EXPECT_THAT(*receivers, ElementsAre(Receiver{"10.1.0.1", 5000}, Receiver{"10.0.0.2", 5001}));
}

TEST(HealthAnswerTest, InstancesThatCannotBeReachedAreLeftOut) {
  const auto receivers = Read(R"([
    {"Node": {"Address": "10.0.0.1"}, "Service": {"Address": "", "Port": 0}},
    {"Node": {"Address": "10.0.0.1"}, "Service": {"Address": "", "Port": 65536}},
    {"Node": {"Address": "10.0.0.1"}, "Service": {"Address": "", "Port": -1}},
    {"Node": {"Address": "10.0.0.1"}, "Service": {"Address": "", "Port": "80"}},
    {"Node": {"Address": ""}, "Service": {"Address": "", "Port": 80}},
    {"Node": 1, "Service": 2}, {}, 5, null, [],
    {"Service": {"Address": "good", "Port": 80}}])");
  ASSERT_TRUE(receivers.ok()) << receivers.status();
  EXPECT_THAT(*receivers, ElementsAre(Receiver{"good", 80}));
  EXPECT_THAT(*Read("[]"), IsEmpty());
}

TEST(HealthAnswerTest, TooManyAreCut) {
  std::string body = "[";
  for (int i = 1; i <= 1000; ++i) {
    body += R"({"Service": {"Address": "a", "Port": )" + std::to_string(i) + "}},";
  }
  body.back() = ']';
  EXPECT_THAT(*Read(body), SizeIs(kMaxReceivers));
}

TEST(HealthAnswerTest, WhatIsNoAnswerIsUnavailable) {
  for (const auto* body : {"", "{}", "[", "null", "\"x\""}) {
    EXPECT_EQ(Read(body).status().code(), absl::StatusCode::kUnavailable) << body;
  }
  const auto refused = Read("Permission denied\r\n", 403);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(refused.status().message(), HasSubstr("403 Permission denied\\r\\n"));
  EXPECT_EQ(ReadHealthAnswer(absl::DeadlineExceededError("slow")).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
