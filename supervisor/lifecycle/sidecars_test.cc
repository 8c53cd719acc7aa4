#include "supervisor/lifecycle/sidecars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/lifecycle/fake_sidecar.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SidecarsTest : public ::testing::Test, public Sidecars::Observer {
 protected:
  void Add(FakeSidecar* fake, Policy policy = Policy::kBestEffort, Mode mode = Mode::kHost) {
    Sidecars::Sidecar& sidecar = configured_.emplace_back();
    sidecar.config.name = std::string(1, static_cast<char>('a' + configured_.size() - 1));
    sidecar.config.policy = policy;
    sidecar.mode = mode;
    if (mode == Mode::kAbsent) {
      sidecar.why = "nothing there";
    } else {
      sidecar.connector = fake->NewConnector();
    }
  }

  void Start() {
    sidecars_.emplace(&loop_, std::move(configured_), v1::Task(), "incarnation", this);
    loop_.Advance(absl::ZeroDuration());
  }

  // The usual case: one sidecar, connected and accepted.
  void StartAttached(Policy policy = Policy::kBestEffort, Mode mode = Mode::kHost) {
    Add(&fake_, policy, mode);
    Start();
    fake_.Accept();
    events_.clear();
  }

  void Ask(v1::Phase phase, absl::Duration cap = absl::InfiniteDuration()) {
    result_.reset();
    sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, cap,
                   [this](PhaseResult result) { result_ = std::move(result); });
  }

  bool Done() {
    loop_.Advance(absl::ZeroDuration());
    return result_.has_value();
  }

  bool Finished() {
    loop_.Advance(absl::ZeroDuration());
    return finished_;
  }

  void Finish(absl::Duration bound) {
    sidecars_->Finish(bound, [this] { finished_ = true; });
  }

  ManualEventLoop loop_;
  FakeSidecar fake_;
  FakeSidecar other_;
  std::vector<std::string> events_;
  std::optional<PhaseResult> result_;
  bool finished_ = false;
  std::vector<Sidecars::Sidecar> configured_;
  std::optional<Sidecars> sidecars_;

 private:
  void OnSidecarUp(const std::string& name, Mode, const std::string& version) override {
    events_.push_back("up " + name + " " + version);
  }
  void OnSidecarDown(const std::string& name, Mode, const std::string& why) override {
    events_.push_back("down " + name + ": " + why);
  }
  void OnSidecarAnswer(const std::string& name, v1::Phase phase, Outcome outcome,
                       absl::Duration took, const std::string& message) override {
    events_.push_back(std::string(PhaseName(phase)) + " " + name + " " +
                      std::string(OutcomeName(outcome)) + " after " + absl::FormatDuration(took) +
                      (message.empty() ? "" : ": " + message));
  }
};

TEST_F(SidecarsTest, WithoutSidecarsEveryPhaseIsDoneAtTheLoopsNextTurn) {
  Start();
  EXPECT_TRUE(sidecars_->empty());
  Ask(v1::BEFORE_START);
  EXPECT_FALSE(result_.has_value()) << "never before Ask returns";
  EXPECT_TRUE(Done());
  Finish(absl::Seconds(2));
  EXPECT_FALSE(finished_);
  EXPECT_TRUE(Finished());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SidecarsTest, AnAnswerEndsThePhaseAndIsObserved) {
  StartAttached();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Milliseconds(40));
  EXPECT_FALSE(result_.has_value());
  fake_.Answer(fake_.asked(), v1::Answer::OK, "nothing to do");
  EXPECT_FALSE(result_.has_value()) << "from the loop only";
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  EXPECT_THAT(events_, ElementsAre("before-start a ok after 40ms: nothing to do"));
}

TEST_F(SidecarsTest, AnEventBeforeTheConnectionIsSentWithIt) {
  Add(&fake_);
  sidecars_.emplace(&loop_, std::move(configured_), v1::Task(), "incarnation", this);
  Ask(v1::BEFORE_START);
  EXPECT_FALSE(Done()) << "the first attempt is under way: not down";
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_TRUE(fake_.sent[0].has_attach());
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::BEFORE_START);
  EXPECT_EQ(fake_.sent[2].event().phase(), v1::BEFORE_START);
}

TEST_F(SidecarsTest, NothingWaitsForStartedAndUnhealthy) {
  StartAttached();
  Ask(v1::STARTED);
  Ask(v1::UNHEALTHY);
  loop_.Advance(absl::Hours(1));
  EXPECT_FALSE(result_.has_value());
  EXPECT_EQ(fake_.asked(), 2u);
  EXPECT_EQ(fake_.sent.back().event().deadline().seconds(), 0);
  fake_.Answer(2, v1::Answer::OK);
  EXPECT_THAT(events_, ElementsAre(HasSubstr("unhealthy a ok")));
}

TEST_F(SidecarsTest, ASidecarThatIsDownCostsAKillNothing) {
  StartAttached();
  fake_.reachable = false;
  fake_.HangUp();
  loop_.Advance(absl::Seconds(3));
  Ask(v1::BEFORE_TERMINATE);
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
  EXPECT_EQ(result_->outcomes[0].message, "connection refused");
}

TEST_F(SidecarsTest, ASidecarThatBreaksInMidPhaseIsWaitedForWhileItMayBeBackAtOnce) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  Ask(v1::BEFORE_TERMINATE);
  fake_.HangUp();
  EXPECT_FALSE(Done());
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(fake_.connected());
  fake_.Accept();
  EXPECT_EQ(fake_.asked(), 1u);
  fake_.Answer(1, v1::Answer::OK);
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kOk);
}

TEST_F(SidecarsTest, ASidecarThatBreaksInMidPhaseAndCannotBeReachedEndsItsPart) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  Ask(v1::BEFORE_TERMINATE);
  fake_.reachable = false;
  fake_.HangUp();
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
}

TEST_F(SidecarsTest, ASocketThatAcceptsAndNeverAnswersIsGivenUpAndTriedAgain) {
  Add(&fake_);
  Start();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
  EXPECT_THAT(result_->outcomes[0].message, HasSubstr("did not accept the task within 5s"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(fake_.connections, 2);
  Ask(v1::BEFORE_TERMINATE);
  EXPECT_TRUE(Done()) << "still down while the second attempt is under way";
}

TEST_F(SidecarsTest, ReconnectionNeverTakesLongerThanTwoSecondsAndIsReportedOnce) {
  fake_.reachable = false;
  Add(&fake_);
  Start();
  loop_.Advance(absl::Hours(1));
  EXPECT_GE(fake_.connections, 1800);
  EXPECT_LE(fake_.connections, 3600);
  fake_.reachable = true;
  loop_.Advance(absl::Seconds(2));
  ASSERT_TRUE(fake_.connected());
  fake_.Accept();
  EXPECT_THAT(events_, ElementsAre("down a: connection refused", "up a 1.0"));
}

TEST_F(SidecarsTest, APrivateSidecarThatKeepsDyingIsStartedLessAndLess) {
  fake_.reachable = false;
  Add(&fake_, Policy::kBestEffort, Mode::kPrivate);
  Start();
  loop_.Advance(absl::Hours(1));
  EXPECT_LE(fake_.connections, 200);
  EXPECT_GE(fake_.connections, 120);
}

TEST_F(SidecarsTest, CancelAskMeansNoCallAndNoSecondSending) {
  StartAttached();
  Ask(v1::BEFORE_START);
  sidecars_->CancelAsk();
  fake_.Answer(1, v1::Answer::OK);
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(result_.has_value());
  fake_.HangUp();
  loop_.Advance(absl::Seconds(2));
  ASSERT_TRUE(fake_.connected());
  EXPECT_EQ(fake_.asked(), 0u);
}

TEST_F(SidecarsTest, CancelAskAfterTheLastAnswerStillMeansNoCall) {
  StartAttached();
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::OK);
  sidecars_->CancelAsk();
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(result_.has_value());
}

TEST_F(SidecarsTest, ANewPhaseSupersedesTheOldOne) {
  StartAttached();
  bool first = false;
  sidecars_->Ask(v1::HEALTHY, v1::HEALTH_HEALTHY, absl::InfiniteDuration(),
                 [&](PhaseResult) { first = true; });
  Ask(v1::BEFORE_TERMINATE);
  fake_.Answer(1, v1::Answer::OK);
  EXPECT_FALSE(Done());
  fake_.Answer(2, v1::Answer::OK);
  EXPECT_TRUE(Done());
  EXPECT_FALSE(first);
}

TEST_F(SidecarsTest, RequiredHoldsForBeforeStartOnly) {
  StartAttached(Policy::kRequired);
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::FAILED, "no");
  ASSERT_TRUE(Done());
  EXPECT_EQ(std::string(result_->status.message()),
            "required sidecar a failed at before-start: no");
  Ask(v1::HEALTHY);
  fake_.Answer(2, v1::Answer::FAILED, "no");
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
}

TEST_F(SidecarsTest, RequiredHealthyHoldsUntilItsFirstSuccess) {
  StartAttached(Policy::kRequiredHealthy);
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::FAILED);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  Ask(v1::HEALTHY);
  fake_.Answer(2, v1::Answer::PENDING);
  EXPECT_FALSE(Done());
  fake_.Answer(2, v1::Answer::OK);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  Ask(v1::UNHEALTHY);
  Ask(v1::HEALTHY);
  fake_.Answer(4, v1::Answer::FAILED);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok()) << "a task that was healthy once isn't killed for a sidecar";
}

TEST_F(SidecarsTest, AnUnreachableRequiredSidecarFailsAfterItsDeadlineWithAReason) {
  fake_.reachable = false;
  Add(&fake_, Policy::kRequired);
  Start();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Seconds(9));
  EXPECT_FALSE(result_.has_value());
  loop_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Done());
  EXPECT_EQ(
      std::string(result_->status.message()),
      "required sidecar a timed-out at before-start: no answer within 10s; connection refused");
}

TEST_F(SidecarsTest, AnAbsentSidecarIsReportedOnceAndFailsOnlyWhereRequired) {
  Add(nullptr, Policy::kBestEffort, Mode::kAbsent);
  Start();
  EXPECT_THAT(events_, ElementsAre("down a: nothing there"));
  for (const v1::Phase phase : {v1::BEFORE_START, v1::HEALTHY, v1::BEFORE_TERMINATE}) {
    Ask(phase);
    ASSERT_TRUE(Done());
    EXPECT_TRUE(result_->status.ok());
    EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kAbsent);
  }
  EXPECT_THAT(events_, SizeIs(1));
}

TEST_F(SidecarsTest, TheCapBoundsThePhaseForAll) {
  StartAttached();
  Ask(v1::BEFORE_TERMINATE, absl::Milliseconds(100));
  EXPECT_EQ(fake_.sent.back().event().deadline().nanos(), 100'000'000);
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(Done());
  EXPECT_THAT(events_,
              ElementsAre("before-terminate a timed-out after 100ms: no answer within 100ms"));
}

TEST_F(SidecarsTest, APeerThatBreaksTheContractIsDroppedAndTriedAgain) {
  StartAttached();
  fake_.Accept();
  EXPECT_FALSE(fake_.connected());
  EXPECT_THAT(events_, ElementsAre("down a: it sent attached twice"));
  loop_.Advance(absl::Seconds(2));
  EXPECT_TRUE(fake_.connected());
}

TEST_F(SidecarsTest, APeerThatDoesNotReadIsDropped) {
  StartAttached();
  fake_.reads = false;
  Ask(v1::BEFORE_TERMINATE);
  EXPECT_FALSE(fake_.connected());
  EXPECT_THAT(events_, ElementsAre("down a: it does not read"));
}

TEST_F(SidecarsTest, AHostsDaemonHasFinishedWhenTheGoodbyeIsInTheKernel) {
  StartAttached();
  Finish(absl::Seconds(2));
  ASSERT_THAT(fake_.sent, SizeIs(4));
  EXPECT_EQ(fake_.sent[2].event().phase(), v1::TERMINATED);
  EXPECT_TRUE(fake_.sent[3].has_goodbye());
  EXPECT_TRUE(fake_.writes_closed);
  EXPECT_FALSE(Finished());
  fake_.Flush();
  EXPECT_TRUE(Finished());
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(SidecarsTest, FinishNeverTakesLongerThanItsBound) {
  StartAttached();
  Finish(absl::Seconds(2));
  loop_.Advance(absl::Milliseconds(1999));
  EXPECT_FALSE(finished_);
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(finished_);
}

TEST_F(SidecarsTest, ADaemonThatIsDownHoldsTheEndNotUp) {
  fake_.reachable = false;
  Add(&fake_);
  Start();
  Finish(absl::Seconds(2));
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsTest, ADaemonWhoseConnectionJustBrokeIsToldOfTheEndOnANewOne) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  fake_.HangUp();
  Finish(absl::Seconds(2));
  EXPECT_FALSE(Finished());
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::TERMINATED);
  EXPECT_TRUE(fake_.sent[2].has_goodbye());
  fake_.Flush();
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsTest, APrivateSidecarIsGivenTimeToUndoAndThenGoodbye) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  Finish(absl::Seconds(2));
  EXPECT_EQ(fake_.sent.back().event().phase(), v1::TERMINATED);
  EXPECT_EQ(fake_.sent.back().event().deadline().seconds(), 2);
  fake_.Answer(1, v1::Answer::PENDING);
  EXPECT_FALSE(Finished());
  fake_.Answer(1, v1::Answer::OK);
  EXPECT_TRUE(fake_.sent.back().has_goodbye());
  EXPECT_TRUE(Finished());
  EXPECT_EQ(fake_.killed, 0);
}

TEST_F(SidecarsTest, APrivateSidecarThatClosesItsStreamAndStillWorksIsWaitedFor) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  Finish(absl::Seconds(2));
  fake_.HangUp();
  EXPECT_FALSE(Finished());
  fake_.Exit();
  EXPECT_TRUE(Finished());
  EXPECT_EQ(fake_.killed, 0);
}

TEST_F(SidecarsTest, APrivateSidecarIsStartedAgainOnlyWhenItsKilledPredecessorHasGone) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  loop_.Advance(absl::Minutes(1));
  fake_.lingers = true;
  fake_.HangUp();
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(fake_.killed, 1);
  EXPECT_EQ(fake_.connections, 1);
  fake_.Exit();
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(fake_.connections, 2);
}

TEST_F(SidecarsTest, TheSuccessorOfAPrivateSidecarThatWasKilledIsToldOfTheEnd) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  loop_.Advance(absl::Minutes(1));
  fake_.lingers = true;
  fake_.HangUp();
  Finish(absl::Seconds(2));
  EXPECT_FALSE(Finished());
  fake_.Exit();
  loop_.Advance(absl::ZeroDuration());
  ASSERT_EQ(fake_.connections, 2);
  fake_.Accept();
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::TERMINATED);
  EXPECT_FALSE(Finished());
  fake_.Answer(fake_.asked(), v1::Answer::OK);
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsTest, TheEndWaitsForTheSlowest) {
  Add(&fake_);
  Add(&other_, Policy::kBestEffort, Mode::kPrivate);
  Start();
  fake_.Accept();
  other_.Accept();
  Finish(absl::Seconds(2));
  fake_.Flush();
  EXPECT_FALSE(Finished());
  other_.Answer(1, v1::Answer::FAILED);
  EXPECT_TRUE(Finished());
  EXPECT_THAT(events_, Contains(HasSubstr("terminated b failed")));
}

TEST_F(SidecarsTest, MayBeDestroyedByItsOwnCallbacks) {
  StartAttached();
  sidecars_->Ask(v1::BEFORE_START, v1::HEALTH_UNKNOWN, absl::InfiniteDuration(),
                 [this](PhaseResult) { sidecars_.reset(); });
  loop_.Advance(absl::Seconds(10));
  EXPECT_FALSE(sidecars_.has_value());
  EXPECT_FALSE(fake_.connected());
  EXPECT_EQ(loop_.timers(), 0u);
  Start();
  sidecars_->Finish(absl::Seconds(1), [this] { sidecars_.reset(); });
  loop_.Advance(absl::Seconds(1));
  EXPECT_FALSE(sidecars_.has_value());
}

}  // namespace
}  // namespace mesos_executor::lifecycle
