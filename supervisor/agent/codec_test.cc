#include "supervisor/agent/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "supervisor/agent/http_response_parser.h"
#include "supervisor/agent/recordio_decoder.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// From the recordings of //integration/golden.
std::string ReadFile(const std::string& name) {
  std::ifstream file("integration/golden/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CodecTest, ARealAgentsStreamDecodesByteByByte) {
  // Every byte of a stream that a real agent sent.
  const std::string stream = ReadFile("agent/stream.bin");
  ASSERT_GT(stream.size(), 1000u);
  std::vector<Event> events;
  RecordIoDecoder decoder;
  HttpResponseParser parser([&](absl::string_view body) {
    for (const std::string& record : decoder.Decode(body)) {
      const auto event = ProtobufCodec::Decode(record);
      ASSERT_TRUE(event.ok()) << event.status();
      events.push_back(*event);
    }
  });
  for (const char byte : stream) {
    ASSERT_TRUE(parser.Parse(absl::string_view(&byte, 1)).ok());
    ASSERT_TRUE(decoder.status().ok()) << decoder.status();
  }
  EXPECT_EQ(parser.code(), 200);
  std::vector<Event::Type> types;
  for (const Event& event : events) types.push_back(event.type());
  ASSERT_THAT(types, ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::ACKNOWLEDGED, Event::KILL,
                                 Event::ACKNOWLEDGED));
  EXPECT_EQ(events[1].launch().task().task_id().value(), "wire-task-1");
  EXPECT_EQ(events[3].kill().kill_policy().grace_period().nanoseconds(), 2'500'000'000);
}

TEST(CodecTest, TypesOfLaterAgentsAreUnknown) {
  // Field 1 (type) = 99, and an unknown field 50.
  const auto event = ProtobufCodec::Decode(std::string("\x08\x63\x92\x03\x01x", 6));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->type(), Event::UNKNOWN);
  ASSERT_TRUE(ProtobufCodec::Decode("").ok());
}

TEST(CodecTest, WhatIsNoEventIsAnErrorThatSaysWhatIsMissing) {
  EXPECT_EQ(ProtobufCodec::Decode("garbage").status().code(), absl::StatusCode::kInvalidArgument);
  Event event;
  event.mutable_kill()->mutable_task_id();
  const auto decoded = ProtobufCodec::Decode(event.SerializePartialAsString());
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(decoded.status().message()), HasSubstr("kill.task_id.value"));
}

TEST(CodecTest, JsonAndProtobufOfAnotherImplementationMeanTheSame) {
  // Without those in which it prints null for empty lists, which agents don't.
  for (const char* name :
       {"acknowledged", "error", "heartbeat", "kill", "message", "shutdown", "unknown"}) {
    const std::string stem = std::string("mesos_go/event_") + name;
    const auto event = ProtobufCodec::Decode(ReadFile(stem + ".pb"));
    const auto from_json = JsonCodec::Decode(ReadFile(stem + ".json"));
    ASSERT_TRUE(event.ok()) << name << ": " << event.status();
    ASSERT_TRUE(from_json.ok()) << name << ": " << from_json.status();
    EXPECT_EQ(from_json->DebugString(), event->DebugString()) << name;
  }
}

TEST(CodecTest, ARealAgentsJsonIsRead) {
  std::ifstream file("integration/golden/testdata/agent/events.jsonl");
  int events = 0;
  for (std::string line; std::getline(file, line); ++events) {
    const auto event = JsonCodec::Decode(line);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_NE(event->type(), Event::UNKNOWN) << line;
  }
  EXPECT_GT(events, 3);
}

TEST(CodecTest, OfJsonTooUnknownTypesAreUnknownAndOtherThingsErrors) {
  for (const char* record : {"", "{}", R"({"type":"OF_2030","of_2030":{"a":[1]}})"}) {
    const auto event = JsonCodec::Decode(record);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->type(), Event::UNKNOWN);
  }
  for (const std::string record :
       {"garbage", "[]", R"({"type":"KILL")", R"({"type":"KILL","kill":{"task_id":{}}})",
        "\"\xff\"", R"({"message":{"data":"*"}})", R"({"a":1e999})"}) {
    EXPECT_EQ(JsonCodec::Decode(record).status().code(), absl::StatusCode::kInvalidArgument)
        << record;
  }
  EXPECT_LT(JsonCodec::Decode(std::string(1 << 20, 'x')).status().message().size(), 500u);
}

TEST(CodecTest, CallsAreJsonAsMesosWantsIt) {
  Call call;
  call.mutable_framework_id()->set_value("f");
  call.mutable_executor_id()->set_value("e");
  call.set_type(Call::SUBSCRIBE);
  call.mutable_subscribe();
  EXPECT_EQ(
      JsonCodec::Encode(call),
      R"({"executor_id":{"value":"e"},"framework_id":{"value":"f"},"type":"SUBSCRIBE","subscribe":{}})");
}

TEST(CodecTest, AnEmptySubscribeIsPresent) {
  Call call;
  call.mutable_framework_id()->set_value("f");
  call.mutable_executor_id()->set_value("e");
  call.set_type(Call::SUBSCRIBE);
  call.mutable_subscribe();
  Call decoded;
  ASSERT_TRUE(decoded.ParseFromString(ProtobufCodec::Encode(call)));
  EXPECT_TRUE(decoded.has_subscribe());
}

}  // namespace
}  // namespace mesos_executor::agent
