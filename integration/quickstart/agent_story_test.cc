#include "integration/quickstart/agent_story.h"

#include <gtest/gtest.h>

namespace mesos_executor::quickstart {
namespace {

using dev_agent::AgentEvent;
using AgentsEvent = mesos::v1::executor::Event;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

AgentEvent Sent(AgentsEvent::Type type, absl::Time time) {
  AgentEvent event{.kind = AgentEvent::kEventSent, .time = time};
  event.event.set_type(type);
  return event;
}

AgentEvent Update(mesos::v1::TaskState state, absl::Time time) {
  AgentEvent event{.kind = AgentEvent::kUpdate, .time = time};
  event.status.set_state(state);
  return event;
}

TEST(AgentStoryTest, UpdatesAreTimedFromWhatTheAgentAskedLast) {
  AgentStory story;
  EXPECT_FALSE(story.Tell(Update(mesos::v1::TASK_STARTING, kStart))->took.has_value());
  story.Tell(Sent(AgentsEvent::LAUNCH, kStart));
  auto running = story.Tell(Update(mesos::v1::TASK_RUNNING, kStart + absl::Milliseconds(3)));
  EXPECT_EQ(running->name, "TASK_RUNNING");
  EXPECT_EQ(running->took, absl::Milliseconds(3));
  story.Tell(Sent(AgentsEvent::KILL, kStart + absl::Seconds(5)));
  auto killed = story.Tell(Update(mesos::v1::TASK_KILLED, kStart + absl::Seconds(6)));
  EXPECT_EQ(killed->took, absl::Seconds(1));
}

TEST(AgentStoryTest, HealthIsNewsWhileTheTaskRunsOnly) {
  AgentStory story;
  AgentEvent running = Update(mesos::v1::TASK_RUNNING, kStart);
  EXPECT_EQ(story.Tell(running)->outcome, "");
  running.status.set_healthy(true);
  EXPECT_EQ(story.Tell(running)->outcome, "healthy");
  running.status.set_healthy(false);
  EXPECT_EQ(story.Tell(running)->outcome, "unhealthy");
  AgentEvent killed = Update(mesos::v1::TASK_KILLED, kStart);
  killed.status.set_healthy(true);
  EXPECT_EQ(story.Tell(killed)->outcome, "");
}

TEST(AgentStoryTest, WhatTheAgentMadeUpIsMarked) {
  AgentStory story;
  AgentEvent failed = Update(mesos::v1::TASK_FAILED, kStart);
  failed.made_by_agent = true;
  failed.status.set_message("Executor terminated");
  EXPECT_EQ(story.Tell(failed)->message, "made by the agent: Executor terminated");
}

TEST(AgentStoryTest, RepetitionsAndAcknowledgementsAreNoNews) {
  AgentStory story;
  EXPECT_FALSE(story.Tell(Sent(AgentsEvent::ACKNOWLEDGED, kStart)).has_value());
  EXPECT_FALSE(story.Tell(Sent(AgentsEvent::SUBSCRIBED, kStart)).has_value());
  AgentEvent again = Update(mesos::v1::TASK_RUNNING, kStart);
  again.repeated = true;
  EXPECT_FALSE(story.Tell(again).has_value());
}

TEST(AgentStoryTest, TheExecutorsEndSaysHow) {
  AgentStory story;
  auto exited = story.Tell({.kind = AgentEvent::kExecutorExited, .time = kStart, .wait_status = 9});
  EXPECT_EQ(exited->outcome, "signal 9 (Killed)");
}

}  // namespace
}  // namespace mesos_executor::quickstart
