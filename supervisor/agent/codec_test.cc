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

// Every byte of a stream that a real agent sent (integration/golden).
std::string Recorded() {
  std::ifstream file("integration/golden/testdata/agent/stream.bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CodecTest, ARealAgentsStreamDecodesByteByByte) {
  const std::string stream = Recorded();
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
