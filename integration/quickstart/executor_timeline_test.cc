#include "integration/quickstart/executor_timeline.h"

#include <gtest/gtest.h>

namespace mesos_executor::quickstart {
namespace {

TEST(ExecutorTimelineTest, ALineOfTheExecutorIsRead) {
  const auto event = ParseExecutorLine(
      R"({"time":"2001-09-09T01:46:40.123Z","seq":7,"kind":"state","name":"TASK_RUNNING"})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->time, absl::FromUnixMillis(1'000'000'000'123));
  EXPECT_EQ(event->source, Source::kExecutor);
  EXPECT_EQ(event->kind, "state");
  EXPECT_EQ(event->name, "TASK_RUNNING");
  EXPECT_EQ(event->outcome, "");
  EXPECT_FALSE(event->took.has_value());
  EXPECT_EQ(event->message, "");
}

TEST(ExecutorTimelineTest, WhatASidecarAnsweredIsTheSidecars) {
  const auto event = ParseExecutorLine(
      R"({"time":"2001-09-09T01:46:40.123Z","seq":8,"kind":"phase","name":"healthy",)"
      R"("sidecar":"consul-registrar","outcome":"ok","ms":1.5,"message":"registered"})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->source, Source::kSidecar);
  EXPECT_EQ(event->outcome, "ok");
  EXPECT_EQ(event->took, absl::Microseconds(1500));
  EXPECT_EQ(event->message, "consul-registrar: registered");
}

TEST(ExecutorTimelineTest, WhatIsNoSuchLineIsAnError) {
  for (const char* line :
       {"", "{", "[]", "7", R"({"kind":"state","name":"x"})",
        R"({"time":"yesterday","kind":"state","name":"x"})",
        R"({"time":"2001-09-09T01:46:40Z","name":"x"})",
        R"({"time":"2001-09-09T01:46:40Z","kind":"state"})", R"({"time":7,"kind":[],"name":{}})"}) {
    EXPECT_EQ(ParseExecutorLine(line).status().code(), absl::StatusCode::kInvalidArgument) << line;
  }
}

TEST(ExecutorTimelineTest, UnknownKeysAndOddTypesDoNoHarm) {
  const auto event = ParseExecutorLine(
      R"({"time":"2001-09-09T01:46:40Z","kind":"new","name":"x","ms":"long","sidecar":7,"more":1})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->source, Source::kExecutor);
  EXPECT_FALSE(event->took.has_value());
}

}  // namespace
}  // namespace mesos_executor::quickstart
