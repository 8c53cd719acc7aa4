// The least that an executor must do, where bytes matter: see conformance_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "supervisor/agent/agent_client_fixture.h"
#include "supervisor/agent/scripted_agent.h"

namespace mesos_executor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using WireConformanceTest = AgentClientFixture;

TEST_F(WireConformanceTest,
       A1_14_2_UpdatesGoOverASecondConnectionAndEachCallHasTheHeadersAndTheToken) {
  Start(/*checkpoint=*/false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_THAT(seen_,
              ElementsAre("subscribed", "launch task", "TASK_STARTING", "TASK_RUNNING", "all"));
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  EXPECT_EQ(agent_.accepted(), 2);
  for (const auto& request : agent_.requests()) {
    EXPECT_EQ(request.connection, request.call.type() == Call::SUBSCRIBE ? 0 : 1);
    EXPECT_THAT(request.head, HasSubstr("\r\nContent-Type: application/x-protobuf\r\n"));
    EXPECT_THAT(request.head, HasSubstr("\r\nAccept: application/x-protobuf\r\n"));
    EXPECT_THAT(request.head, HasSubstr("\r\nAuthorization: Bearer a.b.c\r\n"));
    EXPECT_THAT(request.head, Not(HasSubstr("Expect:")));
    EXPECT_THAT(request.head, Not(HasSubstr("User-Agent:")));
    if (request.call.has_update()) {
      EXPECT_NEAR(request.call.update().status().timestamp(), absl::ToUnixSeconds(absl::Now()),
                  600);
    }
  }
}

TEST_F(WireConformanceTest, A1_14_3_RecordsMayBeCutIntoChunksAnywhereAndBeEmpty) {
  Start(/*checkpoint=*/false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  const std::string kill = Kill().SerializeAsString();
  const std::string records = absl::StrCat("0\n", kill.size(), "\n", kill, "0\n0\n");
  for (const char byte : records) agent_.PushChunk(std::string(1, byte));
  ASSERT_TRUE(AwaitSeen("kill task")) << "a chunk a byte";
  seen_.clear();
  agent_.PushChunk(records + records + records);
  ASSERT_TRUE(Await([&] { return seen_.size() == 3; })) << "three records a chunk";
  EXPECT_THAT(seen_, ElementsAre("kill task", "kill task", "kill task"));
}

TEST_F(WireConformanceTest, A1_14_3_AStreamCutAnywhereInARecordIsSubscribedAgainWithTheUpdates) {
  // Nothing is acknowledged, so every SUBSCRIBE must carry both updates.
  agent_.answer = [](const ScriptedAgent::Request& request) -> std::string {
    return request.call.type() == Call::UPDATE ? ScriptedAgent::Answer(202, "") : "default";
  };
  Start(/*checkpoint=*/true);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(Await([&] { return Count(Call::UPDATE) == 2; }));
  // Before the record's last byte, behind which only the chunk's CRLF comes.
  const size_t whole = ScriptedAgent::Bytes(Kill()).size() - 2;
  for (size_t cut = 0; cut < whole; ++cut) {
    const int before = subscribed_;
    agent_.Cut(Kill(), cut);
    ASSERT_TRUE(Await([&] { return subscribed_ == before + 1; })) << "cut at " << cut;
    const Call* subscribe = nullptr;
    for (const auto& request : agent_.requests()) {
      if (request.call.type() == Call::SUBSCRIBE) subscribe = &request.call;
    }
    ASSERT_EQ(subscribe->subscribe().unacknowledged_tasks_size(), 1);
    ASSERT_EQ(subscribe->subscribe().unacknowledged_updates_size(), 2);
  }
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  EXPECT_THAT(seen_, Not(testing::Contains("kill task")));
  agent_.Push(Kill());
  EXPECT_TRUE(AwaitSeen("kill task"));
}

TEST_F(WireConformanceTest, A1_14_3_GarbageOnTheStreamIsSubscribedAgainAlsoWithoutCheckpoints) {
  for (const std::string garbage :
       {"not RecordIO", "\n", "99999999999\n", "999999999999999999999999\n", "-1\n", "3\nabc"}) {
    seen_.clear();
    Start(false);
    ASSERT_TRUE(AwaitSeen("subscribed"));
    // Only a stream that has settled is thought well of, but one of no checkpoints gets one more
    // try anyway.
    agent_.PushChunk(garbage);
    ASSERT_TRUE(Await([&] { return seen_.size() == 3; }));
    EXPECT_THAT(seen_, ElementsAre("subscribed", "disconnected", "subscribed")) << garbage;
    client_.reset();
  }
}

TEST_F(WireConformanceTest, A1_14_9_ABusyAgentIsAskedAgainInOrderOnTheSameConnection) {
  int refusals = 3;
  agent_.answer = [&](const ScriptedAgent::Request& request) -> std::string {
    if (request.call.type() != Call::UPDATE || refusals-- <= 0) return "default";
    return ScriptedAgent::Answer(503, "Agent has not finished recovery");
  };
  Start(false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_EQ(Count(Call::UPDATE), 3 + 2);
  EXPECT_EQ(agent_.accepted(), 2) << "the connection is kept";
}

}  // namespace
}  // namespace mesos_executor::agent
