#include "supervisor/agent/event_payload.h"

#include <gtest/gtest.h>

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Event;

TEST(EventPayloadTest, EventsWithAPayloadMustHaveIt) {
  for (const Event::Type type : {Event::SUBSCRIBED, Event::LAUNCH, Event::LAUNCH_GROUP, Event::KILL,
                                 Event::ACKNOWLEDGED, Event::MESSAGE}) {
    Event event;
    event.set_type(type);
    EXPECT_EQ(CheckPayload(event).code(), absl::StatusCode::kInvalidArgument)
        << Event::Type_Name(type);
  }
  Event kill;
  kill.set_type(Event::KILL);
  kill.mutable_launch();
  EXPECT_EQ(CheckPayload(kill), absl::InvalidArgumentError("the agent sent KILL without kill"));
  kill.mutable_kill();
  EXPECT_TRUE(CheckPayload(kill).ok());
}

TEST(EventPayloadTest, OthersNeedNone) {
  for (const Event::Type type : {Event::ERROR, Event::SHUTDOWN, Event::HEARTBEAT, Event::UNKNOWN}) {
    Event event;
    event.set_type(type);
    EXPECT_TRUE(CheckPayload(event).ok()) << Event::Type_Name(type);
  }
  EXPECT_TRUE(CheckPayload(Event()).ok()) << "a type that was added later";
}

}  // namespace
}  // namespace mesos_executor::agent
