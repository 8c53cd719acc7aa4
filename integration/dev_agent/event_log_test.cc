#include "integration/dev_agent/event_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mesos_executor::dev_agent {
namespace {

TEST(EventLogTest, ALongRunForgetsItsOldestEventsButNotTheExecutorsStartAndEnd) {
  EventLog log(nullptr);
  log.Add({.kind = AgentEvent::kExecutorStarted, .pid = 7});
  log.Add({.kind = AgentEvent::kExecutorExited});
  size_t most = 0;
  const size_t count = EventLog::kMaxEvents + EventLog::kMaxEvents / 2;
  for (size_t i = 0; i < count; ++i) {
    log.Add({.kind = AgentEvent::kMessage, .detail = std::to_string(i)});
    log.WaitFor(
        [&](const auto& events) {
          most = std::max(most, events.size());
          return true;
        },
        absl::ZeroDuration());
  }
  EXPECT_EQ(most, EventLog::kMaxEvents);
  const std::vector<AgentEvent> events = log.events();
  ASSERT_GE(events.size(), EventLog::kMaxEvents / 2);
  EXPECT_EQ(events[0].pid, 7);
  EXPECT_EQ(events[1].kind, AgentEvent::kExecutorExited);
  // Behind these two, the newest without a gap.
  for (size_t i = 2; i < events.size(); ++i) {
    ASSERT_EQ(events[i].detail, std::to_string(count - events.size() + i));
  }
}

}  // namespace
}  // namespace mesos_executor::dev_agent
