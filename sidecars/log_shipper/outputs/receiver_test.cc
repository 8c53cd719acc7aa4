#include "sidecars/log_shipper/outputs/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReceiverTest, ListsAreReadInTheirOrder) {
  const auto receivers = ParseReceivers(" logs.example:5000,,10.0.0.1:1 , [::1]:65535,");
  ASSERT_TRUE(receivers.ok()) << receivers.status();
  EXPECT_THAT(*receivers, ElementsAre(Receiver{"logs.example", 5000}, Receiver{"10.0.0.1", 1},
                                      Receiver{"::1", 65535}));
}

TEST(ReceiverTest, NamesAreWrittenAsTheyAreRead) {
  for (const auto* name : {"logs.example:5000", "10.0.0.1:1", "[::1]:65535"}) {
    EXPECT_EQ(ReceiverName(ParseReceivers(name)->front()), name);
  }
}

TEST(ReceiverTest, WhatMakesNoSenseIsRefusedAndQuoted) {
  for (const auto* text :
       {"host", ":1", "host:", "host:0", "host:65536", "host:x", "::1:5", "[::1:5", "[::1]5",
        "a b:1", "http://host:1", "user@host:1", "good:1,bad"}) {
    const auto receivers = ParseReceivers(text);
    EXPECT_EQ(receivers.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(receivers.status().message(), HasSubstr("\"")) << text;
  }
  EXPECT_FALSE(ParseReceivers("").ok());
  EXPECT_FALSE(ParseReceivers(" , ").ok());
  EXPECT_FALSE(ParseReceivers(std::string(300, 'a') + ":1").ok());
}

TEST(ReceiverTest, ControlCharactersAreEscaped) {
  EXPECT_THAT(ParseReceivers("\x1b[2J:1").status().message(), HasSubstr("\\x1b[2J"));
}

TEST(ReceiverTest, TooManyAreRefused) {
  std::string text;
  for (size_t i = 0; i <= kMaxReceivers; ++i) text += "host:1,";
  EXPECT_THAT(ParseReceivers(text).status().message(), HasSubstr("more than 256"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
