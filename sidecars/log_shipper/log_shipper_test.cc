#include "sidecars/log_shipper/log_shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sidecars/log_shipper/fake_format.h"
#include "sidecars/log_shipper/fake_output.h"
#include "sidecars/log_shipper/fake_spool.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

using lifecycle::v1::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const sidecar::TaskKey kKey = {7, "framework", "executor", "web.1"};

class FakeWatch final : public SpoolWatch {
 public:
  std::unique_ptr<Pending> Watch(int, absl::AnyInvocable<void()> changed) override {
    struct Watched final : Pending {
      explicit Watched(FakeWatch* watch) : watch(watch) {}
      ~Watched() override { watch->all.erase(this); }
      FakeWatch* watch;
    };
    auto watched = std::make_unique<Watched>(this);
    all[watched.get()] = std::move(changed);
    return watched;
  }
  std::map<const void*, absl::AnyInvocable<void()>> all;
};

class FakeMemory final : public sidecar::Memory {
 public:
  void Remember(const sidecar::TaskKey& key, const std::string& record) override {
    records[key] = record;
  }
  void Forget(const sidecar::TaskKey& key) override { records.erase(key); }
  std::map<sidecar::TaskKey, std::string> records;
};

// The files of one executor's life.
struct Files {
  std::shared_ptr<FakeFile> out = std::make_shared<FakeFile>();
  std::shared_ptr<FakeFile> err = std::make_shared<FakeFile>();
};

class LogShipperTest : public ::testing::Test {
 protected:
  LogShipperTest() {
    shipper_.ShipTo(&output_);
    Start(/*keeps_window=*/true);
  }
  // As a new process.
  void Start(bool keeps_window) {
    handler_.reset();
    handler_ = std::make_unique<LogShipper>(LogShipper::Parts{
        .loop = &loop_,
        .memory = &memory_,
        .shipper = &shipper_,
        .watch = &watch_,
        .counters = &counters_,
        .terms =
            [](const lifecycle::v1::Task& task) {
              EXPECT_EQ(task.task_id(), "web.1");
              return TaskStreams::Terms{.out_format = std::make_unique<FakeFormat>(),
                                        .err_format = std::make_unique<FakeFormat>()};
            },
        .reopen = [this](const sidecar::TaskKey& key,
                         const std::string& record) -> absl::StatusOr<TaskSpools> {
          EXPECT_EQ(key, kKey);
          if (record != "record of one") return absl::NotFoundError("another file is there");
          return Spools("one", files_["one"]);
        },
        .keeps_window = keeps_window});
  }

  TaskSpools Spools(const std::string& incarnation, const Files& files,
                    const sidecar::TaskKey& key = kKey) {
    TaskSpools spools;
    spools.key = key;
    spools.incarnation = incarnation;
    spools.limit = 1 << 30;
    spools.record = "record of " + incarnation;
    spools.out.spool = std::make_unique<FakeSpool>(files.out);
    spools.err.spool = std::make_unique<FakeSpool>(files.err);
    return spools;
  }
  void SendSpools(const std::string& incarnation = "one") {
    handler_->OnSpools(Spools(incarnation, files_[incarnation]));
  }
  void Attach(const std::string& incarnation = "one",
              lifecycle::v1::Phase phase = lifecycle::v1::STARTED) {
    lifecycle::v1::Attach attach;
    attach.set_incarnation(incarnation);
    attach.mutable_task()->set_task_id(kKey.task_id);
    handler_->OnState(kKey, attach, {.phase = phase});
  }
  void Tell(lifecycle::v1::Phase phase) {
    handler_->OnPhase(kKey, {.phase = phase}, absl::ZeroDuration(),
                      [this](sidecar::Reply reply) { answers_.push_back(reply.outcome); });
  }
  void Write(const std::string& text, const std::string& incarnation = "one") {
    files_[incarnation].out->bytes += text;
    for (auto& [key, changed] : watch_.all) changed();
  }
  void Pass(absl::Duration time = absl::ZeroDuration()) { loop_.Advance(time); }
  bool remembered() const { return !memory_.records.empty(); }
  uint64_t TooLate() { return counters_.DroppedLines(kTooLate).value(); }

  ManualEventLoop loop_;
  sidecar::Metrics metrics_;
  Counters counters_{&metrics_};
  FakeOutput output_;
  FakeWatch watch_;
  FakeMemory memory_;
  std::map<std::string, Files> files_;
  Shipper shipper_{&loop_, &counters_, [] { return absl::UnixEpoch(); }};
  std::unique_ptr<LogShipper> handler_;
  std::vector<Answer::Outcome> answers_;
};

TEST_F(LogShipperTest, ATaskIsShippedWhicheverOfItsPartsComesFirst) {
  SendSpools();
  Write("a\n");
  Pass();
  EXPECT_FALSE(remembered());
  Attach();
  EXPECT_TRUE(remembered());
  Pass();
  EXPECT_EQ(output_.all, "<a>\n");
  // Another executor of the same ids, the other way round.
  Attach("two");
  SendSpools("two");
  Write("b\n", "two");
  Pass();
  EXPECT_EQ(output_.all, "<a>\n<b>\n");
}

TEST_F(LogShipperTest, EveryPhaseButTerminatedIsAnsweredAtOnce) {
  Attach();
  SendSpools();
  for (const auto phase :
       {lifecycle::v1::BEFORE_START, lifecycle::v1::STARTED, lifecycle::v1::HEALTHY,
        lifecycle::v1::UNHEALTHY, lifecycle::v1::BEFORE_TERMINATE}) {
    answers_.clear();
    Tell(phase);
    EXPECT_THAT(answers_, ElementsAre(Answer::OK));
  }
}

TEST_F(LogShipperTest, TerminatedIsPendingUntilAllIsDelivered) {
  Attach();
  SendSpools();
  output_.stuck = true;
  Write("a\nno newline");
  Tell(lifecycle::v1::TERMINATED);
  Pass(absl::Seconds(1));
  EXPECT_EQ(output_.all, "<a>\n<no newline>\n");
  EXPECT_THAT(answers_, ElementsAre(Answer::PENDING));
  output_.stuck = false;
  Pass(absl::Seconds(1));
  EXPECT_THAT(answers_, ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_TRUE(remembered()) << "the connection may still break";
  Pass(absl::Seconds(12));
  EXPECT_FALSE(remembered());
  EXPECT_THAT(watch_.all, IsEmpty());
}

TEST_F(LogShipperTest, WhatCannotBeDeliveredInTimeIsDroppedAndCounted) {
  Attach();
  SendSpools();
  output_.is_ready = false;
  Write("a\nb\n");
  handler_->Undo(kKey);
  Pass(LogShipper::kDrainTime - absl::Seconds(1));
  EXPECT_EQ(TooLate(), 0u);
  Pass(absl::Seconds(2));
  EXPECT_EQ(TooLate(), 2u);
  EXPECT_FALSE(remembered());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(LogShipperTest, ANewProcessShipsTheRestOfATaskThatIsGone) {
  Attach();
  SendSpools();
  Write("a\n");
  Pass(absl::Seconds(15));
  const std::string record = memory_.records[kKey];
  Start(/*keeps_window=*/true);
  files_["one"].out->bytes += "b\n";
  handler_->OnRecovered(kKey, record);
  Pass(absl::Seconds(5));
  EXPECT_EQ(output_.all, "<a>\n");
  handler_->Undo(kKey);
  Pass(absl::Seconds(1));
  EXPECT_EQ(output_.all, "<a>\n<b>\n");
  Pass(absl::Seconds(15));
  EXPECT_FALSE(remembered());
}

TEST_F(LogShipperTest, WhatIsRememberedAndNotThereAnyMoreIsForgotten) {
  Attach("two");
  SendSpools("two");
  const std::string record = memory_.records[kKey];
  for (const std::string& bad : {record, std::string("garbage")}) {
    Start(/*keeps_window=*/true);
    memory_.Remember(kKey, bad);
    handler_->OnRecovered(kKey, bad);
    handler_->Undo(kKey);
    EXPECT_FALSE(remembered());
  }
}

TEST_F(LogShipperTest, ALifeThatOnlyTheJournalKnowsGoesOnWhenItsSupervisorAttaches) {
  Attach();
  SendSpools();
  const std::string record = memory_.records[kKey];
  Start(/*keeps_window=*/true);
  handler_->OnRecovered(kKey, record);
  Attach();
  SendSpools();
  Write("a\n");
  Pass();
  EXPECT_EQ(output_.all, "<a>\n");
}

TEST_F(LogShipperTest, TheRestOfAnOlderExecutorsOutputIsShippedBesideTheNewOnes) {
  Attach();
  SendSpools();
  output_.is_ready = false;
  Write("old\n");
  Attach("two");
  SendSpools("two");
  Write("new\n", "two");
  output_.is_ready = true;
  shipper_.OnReady();
  Pass(absl::Seconds(15));
  EXPECT_THAT(output_.all, ::testing::AnyOf("<old>\n<new>\n", "<new>\n<old>\n"));
  EXPECT_TRUE(remembered());
  EXPECT_EQ(watch_.all.size(), 2u);
}

TEST_F(LogShipperTest, ATaskThatComesBackAfterItsLeaseRanOutGoesOn) {
  Attach();
  SendSpools();
  output_.is_ready = false;
  Write("a\n");
  handler_->Undo(kKey);
  Pass(absl::Seconds(10));
  Attach();
  EXPECT_THAT(watch_.all, IsEmpty()) << "its supervisor wouldn't send the spools again";
  SendSpools();
  Write("b\n");
  Pass(2 * LogShipper::kDrainTime);
  output_.is_ready = true;
  shipper_.OnReady();
  Pass();
  EXPECT_EQ(output_.all, "<a>\n<b>\n");
}

TEST_F(LogShipperTest, SpoolsWhoseTaskNeverAttachesAreLetGo) {
  SendSpools();
  Pass(LogShipper::kMeetingTime);
  EXPECT_EQ(loop_.timers(), 0u);
  Attach();
  Pass();
  EXPECT_FALSE(remembered());
}

TEST_F(LogShipperTest, AUserWhoInventsTasksCannotTakeAllDescriptors) {
  Files& files = files_["one"];
  const auto send = [&](int number, const std::string& incarnation) {
    const std::string id = "t" + std::to_string(number);
    handler_->OnSpools(Spools(incarnation, files, {7, "framework", "executor", id}));
  };
  for (int i = 0; i < LogShipper::kMostUnattached; ++i) send(i / 2, i % 2 ? "one" : "two");
  ASSERT_EQ(files.out.use_count() - 1, LogShipper::kMostUnattached);
  send(1000, "one");
  send(0, "three");
  SendSpools();
  EXPECT_EQ(files.out.use_count() - 1, LogShipper::kMostUnattached);
  // Others are not refused.
  handler_->OnSpools(Spools("one", files, {8, "framework", "executor", "web.1"}));
  EXPECT_EQ(files.out.use_count() - 1, LogShipper::kMostUnattached + 1);
  Pass(LogShipper::kMeetingTime);
  EXPECT_EQ(files.out.use_count(), 1);
  Attach();
  SendSpools();
  Write("a\n");
  Pass();
  EXPECT_EQ(output_.all, "<a>\n");
}

TEST_F(LogShipperTest, SpoolsThatComeAfterTheEndAreShipped) {
  Attach();
  Tell(lifecycle::v1::TERMINATED);
  EXPECT_THAT(answers_, ElementsAre(Answer::OK));
  files_["one"].out->bytes = "a\n";
  SendSpools();
  Pass(absl::Seconds(1));
  EXPECT_EQ(output_.all, "<a>\n");
  Pass(absl::Minutes(1));
  EXPECT_FALSE(remembered());
}

TEST_F(LogShipperTest, APrivateOneIsIdleOnceAllIsDelivered) {
  Start(/*keeps_window=*/false);
  Attach();
  SendSpools();
  output_.stuck = true;
  Write("a\n");
  handler_->Undo(kKey);
  bool idle = false;
  handler_->WhenIdle([&] { idle = true; });
  Pass(absl::Seconds(1));
  EXPECT_FALSE(idle);
  output_.stuck = false;
  Pass(absl::Seconds(1));
  EXPECT_TRUE(idle);
}

TEST_F(LogShipperTest, TheLagOfAnotherUsersTaskOfTheSameIdStays) {
  const sidecar::TaskKey other = {8, "framework", "executor", "web.1"};
  lifecycle::v1::Attach attach;
  attach.set_incarnation("one");
  attach.mutable_task()->set_task_id(other.task_id);
  handler_->OnState(other, attach, {.phase = lifecycle::v1::STARTED});
  handler_->OnSpools(Spools("one", files_["other"], other));
  Attach();
  SendSpools();
  handler_->Undo(kKey);
  Pass(2 * LogShipper::kDrainTime);
  EXPECT_THAT(metrics_.Text(), Not(::testing::HasSubstr("uid=\"7\"")));
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("lag_bytes{uid=\"8\""));
}

TEST_F(LogShipperTest, TheLagOfEachTaskIsShown) {
  Attach();
  SendSpools();
  output_.is_ready = false;
  Write("1234\n");
  Pass(absl::Seconds(3));
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, ::testing::HasSubstr("log_shipper_lag_bytes{uid=\"7\",framework=\"framework\","
                                         "executor=\"executor\",task=\"web.1\"} 5\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("task=\"web.1\"} 3\n"));
  handler_->Undo(kKey);
  Pass(2 * LogShipper::kDrainTime);
  EXPECT_THAT(metrics_.Text(), Not(::testing::HasSubstr("web.1")));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
