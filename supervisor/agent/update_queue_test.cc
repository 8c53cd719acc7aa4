#include "supervisor/agent/update_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

TaskStatus Status(mesos::v1::TaskState state, const std::string& task = "task") {
  TaskStatus status;
  status.mutable_task_id()->set_value(task);
  status.set_state(state);
  return status;
}

mesos::v1::TaskInfo Task(const std::string& id) {
  mesos::v1::TaskInfo task;
  task.set_name("task");
  task.mutable_task_id()->set_value(id);
  task.mutable_agent_id()->set_value("agent");
  return task;
}

TaskStatus Health(bool healthy, const std::string& task = "task") {
  TaskStatus status = Status(mesos::v1::TASK_RUNNING, task);
  status.set_reason(TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  status.set_healthy(healthy);
  return status;
}

class UpdateQueueTest : public testing::Test {
 protected:
  // Sends and has accepted whatever is due, and returns the states.
  std::vector<mesos::v1::TaskState> SendAll(absl::Time now) {
    std::vector<mesos::v1::TaskState> states;
    while (const TaskStatus* const next = queue_.Next(now)) {
      states.push_back(next->state());
      queue_.Accepted(std::string(next->uuid()), now);
    }
    return states;
  }
  std::string NextUuid(absl::Time now) { return queue_.Next(now)->uuid(); }

  static constexpr size_t kMaxUpdates = 100;
  UpdateQueue queue_{[generator = std::mt19937_64(1)]() mutable { return generator(); },
                     kMaxUpdates};
};

TEST_F(UpdateQueueTest, SendsInOrderEachUnderItsOwnUuid) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  const std::string first = NextUuid(kStart);
  EXPECT_EQ(first.size(), 16u);
  EXPECT_EQ(NextUuid(kStart), first) << "the same until it is answered";
  EXPECT_THAT(SendAll(kStart), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  EXPECT_FALSE(queue_.empty()) << "accepted is not acknowledged";
}

TEST_F(UpdateQueueTest, NothingComesAfterTheTerminalUpdateOfATask) {
  EXPECT_TRUE(queue_.Add(Status(mesos::v1::TASK_KILLED)));
  EXPECT_FALSE(queue_.Add(Status(mesos::v1::TASK_RUNNING)));
  EXPECT_FALSE(queue_.Add(Status(mesos::v1::TASK_FAILED)));
  EXPECT_TRUE(queue_.Add(Status(mesos::v1::TASK_FAILED, "another")));
  queue_.Acknowledge(NextUuid(kStart), kStart);
  EXPECT_FALSE(queue_.Add(Status(mesos::v1::TASK_RUNNING))) << "also once it is acknowledged";
}

TEST_F(UpdateQueueTest, ATaskThatWasKilledBeforeItsLaunchMayBeRefusedWhenTheLaunchComes) {
  EXPECT_TRUE(queue_.Add(Status(mesos::v1::TASK_KILLED)));
  queue_.Acknowledge(NextUuid(kStart), kStart);
  queue_.AddTask(Task("task"));
  EXPECT_TRUE(queue_.Add(Status(mesos::v1::TASK_KILLED)));
  EXPECT_FALSE(queue_.Add(Status(mesos::v1::TASK_KILLED)));
}

TEST_F(UpdateQueueTest, SilenceMakesItSendAllAgainLessAndLessOften) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  SendAll(kStart);
  absl::Time now = kStart;
  for (const int seconds : {1, 2, 4, 8, 10, 10}) {
    now += absl::Seconds(seconds);
    EXPECT_EQ(queue_.next_time(), now);
    EXPECT_THAT(SendAll(now - absl::Milliseconds(1)), IsEmpty());
    EXPECT_THAT(SendAll(now), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  }
}

TEST_F(UpdateQueueTest, AnAcknowledgementGivesTheNextItsWholeTime) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  const std::string starting = NextUuid(kStart);
  SendAll(kStart);
  SendAll(kStart + absl::Seconds(1));
  const absl::Time now = kStart + absl::Seconds(2);
  EXPECT_EQ(queue_.Acknowledge(starting, now)->state(), mesos::v1::TASK_STARTING);
  EXPECT_EQ(queue_.next_time(), now + absl::Seconds(1));
}

TEST_F(UpdateQueueTest, LaterAcknowledgementsDontPutOffTheOldest) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  queue_.Accepted(NextUuid(kStart), kStart);
  const std::string running = NextUuid(kStart);
  queue_.Accepted(running, kStart);
  ASSERT_TRUE(queue_.Acknowledge(running, kStart + absl::Milliseconds(900)));
  EXPECT_EQ(queue_.next_time(), kStart + absl::Seconds(1));
  EXPECT_THAT(SendAll(kStart + absl::Seconds(1)), ElementsAre(mesos::v1::TASK_STARTING));
}

TEST_F(UpdateQueueTest, AcknowledgementsMayComeBeforeTheAnswerAndTwice) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  const std::string uuid = NextUuid(kStart);
  EXPECT_TRUE(queue_.Acknowledge(uuid, kStart));
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(queue_.Acknowledge(uuid, kStart));
  queue_.Accepted(uuid, kStart);
  EXPECT_EQ(queue_.Next(kStart), nullptr);
  EXPECT_EQ(queue_.next_time(), absl::InfiniteFuture());
}

TEST_F(UpdateQueueTest, ABusyAgentIsAskedAgainInOrder) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  absl::Time now = kStart;
  for (const int milliseconds : {100, 200, 400, 800, 1000, 1000}) {
    queue_.Delayed(now);
    now += absl::Milliseconds(milliseconds);
    EXPECT_EQ(queue_.next_time(), now);
    EXPECT_EQ(queue_.Next(now - absl::Milliseconds(1)), nullptr);
    EXPECT_EQ(queue_.Next(now)->state(), mesos::v1::TASK_STARTING);
  }
  EXPECT_THAT(SendAll(now), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  queue_.Delayed(now);
  EXPECT_EQ(queue_.next_time(), now + absl::Seconds(1)) << "silence, not the delay";
}

TEST_F(UpdateQueueTest, ARefusedUpdateIsGone) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  queue_.Refused(NextUuid(kStart));
  EXPECT_THAT(SendAll(kStart), ElementsAre(mesos::v1::TASK_RUNNING));
}

TEST_F(UpdateQueueTest, ASubscriptionCarriesAllAndIsFollowedByWhatWasMadeSince) {
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  SendAll(kStart);
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  Call::Subscribe subscribe;
  queue_.FillSubscribe(subscribe);
  ASSERT_EQ(subscribe.unacknowledged_updates_size(), 2);
  EXPECT_EQ(subscribe.unacknowledged_updates(0).status().state(), mesos::v1::TASK_STARTING);
  EXPECT_EQ(subscribe.unacknowledged_updates(1).status().state(), mesos::v1::TASK_RUNNING);
  queue_.Add(Status(mesos::v1::TASK_FINISHED));
  queue_.Subscribed(kStart);
  EXPECT_THAT(SendAll(kStart), ElementsAre(mesos::v1::TASK_FINISHED));
  EXPECT_THAT(
      SendAll(kStart + absl::Seconds(1)),
      ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING, mesos::v1::TASK_FINISHED));
}

TEST_F(UpdateQueueTest, OfACheckThatFlapsOnlyTheLatestNewsWaits) {
  queue_.Add(Status(mesos::v1::TASK_RUNNING));
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(queue_.Add(Health(i % 2 == 0)));
  queue_.Add(Health(false, "another"));
  Call::Subscribe subscribe;
  queue_.FillSubscribe(subscribe);
  ASSERT_EQ(subscribe.unacknowledged_updates_size(), 3);
  EXPECT_FALSE(subscribe.unacknowledged_updates(0).status().has_healthy());
  EXPECT_TRUE(subscribe.unacknowledged_updates(1).status().healthy());
  EXPECT_EQ(subscribe.unacknowledged_updates(2).status().task_id().value(), "another");
}

TEST_F(UpdateQueueTest, NewsOfACheckDoesntReplaceNewsOfAHealthCheck) {
  TaskStatus check = Status(mesos::v1::TASK_RUNNING);
  check.set_reason(TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
  queue_.Add(Health(false));
  queue_.Add(check);
  queue_.Add(check);
  Call::Subscribe subscribe;
  queue_.FillSubscribe(subscribe);
  EXPECT_EQ(subscribe.unacknowledged_updates_size(), 2);
}

TEST_F(UpdateQueueTest, WhatWasSentIsNeverReplaced) {
  const auto waiting = [this] {
    Call::Subscribe subscribe;
    queue_.FillSubscribe(subscribe);
    return subscribe.unacknowledged_updates_size();
  };
  queue_.Add(Health(true));
  const std::string posted = NextUuid(kStart);
  queue_.Add(Health(false));
  EXPECT_EQ(waiting(), 2);
  queue_.Add(Health(true));
  EXPECT_EQ(waiting(), 3) << "the one before was in a SUBSCRIBE";
  queue_.Add(Status(mesos::v1::TASK_FINISHED));
  EXPECT_EQ(waiting(), 4);
  EXPECT_TRUE(queue_.Acknowledge(posted, kStart));
}

TEST_F(UpdateQueueTest, AnAgentThatAcknowledgesNothingCannotMakeItGrowWithoutBound) {
  for (size_t i = 0; i < kMaxUpdates; ++i) {
    ASSERT_TRUE(queue_.Add(Health(i % 2 == 0)));
    queue_.Accepted(NextUuid(kStart), kStart);
  }
  EXPECT_FALSE(queue_.Add(Health(true)));
  EXPECT_TRUE(queue_.Add(Status(mesos::v1::TASK_KILLED)));
  EXPECT_THAT(SendAll(kStart), ElementsAre(mesos::v1::TASK_KILLED));
}

TEST_F(UpdateQueueTest, ATaskWhoseLastUpdateIsRefusedIsNotListedAnyMore) {
  queue_.AddTask(Task("task"));
  queue_.Add(Status(mesos::v1::TASK_STARTING));
  queue_.Add(Status(mesos::v1::TASK_FINISHED));
  const auto tasks = [this] {
    Call::Subscribe subscribe;
    queue_.FillSubscribe(subscribe);
    return subscribe.unacknowledged_tasks_size();
  };
  ASSERT_TRUE(queue_.Refused(NextUuid(kStart)));
  EXPECT_EQ(tasks(), 1);
  ASSERT_TRUE(queue_.Refused(NextUuid(kStart)));
  EXPECT_EQ(tasks(), 0);
}

TEST_F(UpdateQueueTest, AFullQueueDropsTheOldestNewsOfACheckForTheNewest) {
  // Two checks take turns, so that no news replaces the one before it.
  for (size_t i = 0; i < kMaxUpdates; ++i) {
    ASSERT_TRUE(queue_.Add(Health(true, i % 2 == 0 ? "one" : "two")));
  }
  const std::string sent = NextUuid(kStart);
  EXPECT_TRUE(queue_.Add(Health(false, "one")));
  EXPECT_FALSE(queue_.Add(Health(false, "three"))) << "it has none to drop";
  Call::Subscribe subscribe;
  queue_.FillSubscribe(subscribe);
  const auto& updates = subscribe.unacknowledged_updates();
  ASSERT_EQ(updates.size(), static_cast<int>(kMaxUpdates));
  EXPECT_EQ(updates.at(0).status().uuid(), sent) << "what was sent stays";
  EXPECT_EQ(updates.at(1).status().task_id().value(), "two");
  EXPECT_EQ(updates.at(2).status().task_id().value(), "two") << "the oldest of one is gone";
  EXPECT_FALSE(updates.at(kMaxUpdates - 1).status().healthy());
}

TEST_F(UpdateQueueTest, ATaskIsUnacknowledgedUntilAnyUpdateOfItIsAcknowledged) {
  queue_.AddTask(Task("one"));
  queue_.AddTask(Task("one"));
  queue_.AddTask(Task("two"));
  queue_.Add(Status(mesos::v1::TASK_STARTING, "one"));
  queue_.Add(Status(mesos::v1::TASK_RUNNING, "one"));
  Call::Subscribe before;
  queue_.FillSubscribe(before);
  ASSERT_EQ(before.unacknowledged_tasks_size(), 2);
  EXPECT_EQ(before.unacknowledged_tasks(0).task_id().value(), "one");
  queue_.Acknowledge(before.unacknowledged_updates(1).status().uuid(), kStart);
  Call::Subscribe after;
  queue_.FillSubscribe(after);
  ASSERT_EQ(after.unacknowledged_tasks_size(), 1);
  EXPECT_EQ(after.unacknowledged_tasks(0).task_id().value(), "two");
}

}  // namespace
}  // namespace mesos_executor::agent
