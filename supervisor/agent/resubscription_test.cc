#include "supervisor/agent/resubscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mesos_executor::agent {
namespace {

using ::testing::HasSubstr;
using Failure = Resubscription::Failure;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

Resubscription::Options Checkpointing() {
  return {.checkpoint = true,
          .recovery_timeout = absl::Minutes(15),
          .backoff_max = absl::Seconds(2),
          .http_timeout = absl::Seconds(10)};
}

Resubscription::Options NotCheckpointing() {
  auto options = Checkpointing();
  options.checkpoint = false;
  return options;
}

RandomBits Seeded() {
  return [generator = std::mt19937_64(1)]() mutable { return generator(); };
}

std::optional<absl::Time> Fail(Resubscription& resubscription, absl::Time now,
                               Failure failure = Failure::kGone) {
  absl::Status why = absl::UnavailableError("refused");
  return resubscription.Failed(failure, now, why);
}

TEST(ResubscriptionTest, TriesAtOnceAndThenWellInsideTheAgentsWindow) {
  Resubscription resubscription(Checkpointing(), Seeded());
  resubscription.Start(kStart);
  resubscription.Subscribed(kStart);
  absl::Time now = kStart + absl::Minutes(1);
  EXPECT_EQ(Fail(resubscription, now), now);
  absl::Duration shortest = absl::InfiniteDuration(), longest;
  for (int i = 0; i < 1000; ++i) {
    const absl::Time next = *Fail(resubscription, now);
    shortest = std::min(shortest, next - now);
    longest = std::max(longest, next - now);
    now = next;
  }
  EXPECT_GE(shortest, absl::Milliseconds(50));
  EXPECT_LT(shortest, absl::Milliseconds(60));
  EXPECT_LE(longest, absl::Milliseconds(500));
  EXPECT_GT(longest, absl::Milliseconds(490));
}

TEST(ResubscriptionTest, AShortBackoffMaximumIsKept) {
  auto options = Checkpointing();
  options.backoff_max = absl::Milliseconds(50);
  Resubscription resubscription(options, Seeded());
  resubscription.Start(kStart);
  for (int i = 0; i < 100; ++i) {
    const absl::Duration backoff = *Fail(resubscription, kStart) - kStart;
    EXPECT_GE(backoff, absl::Milliseconds(6));
    EXPECT_LE(backoff, absl::Milliseconds(12.5));
  }
}

TEST(ResubscriptionTest, AStreamThatBreaksAtOnceIsNotHurried) {
  Resubscription resubscription(Checkpointing(), Seeded());
  resubscription.Start(kStart);
  resubscription.Subscribed(kStart);
  const absl::Time now = kStart + absl::Milliseconds(999);
  EXPECT_GE(*Fail(resubscription, now), now + absl::Milliseconds(50));
}

TEST(ResubscriptionTest, TheRecoveryClockStopsOnlyAtSubscribed) {
  Resubscription resubscription(Checkpointing(), Seeded());
  resubscription.Start(kStart);
  EXPECT_EQ(resubscription.deadline(), kStart + absl::Minutes(15));
  resubscription.Subscribed(kStart);
  EXPECT_EQ(resubscription.deadline(), absl::InfiniteFuture());

  const absl::Time broken = kStart + absl::Hours(1);
  for (const Failure failure : {Failure::kGone, Failure::kSilent, Failure::kAnswered}) {
    ASSERT_TRUE(Fail(resubscription, broken + absl::Minutes(14), failure) != std::nullopt);
    EXPECT_EQ(resubscription.deadline(), broken + absl::Minutes(14 + 15));
  }
  EXPECT_TRUE(Fail(resubscription, broken + absl::Minutes(28)));

  absl::Status why = absl::UnavailableError("connection refused");
  EXPECT_FALSE(resubscription.Failed(Failure::kGone, broken + absl::Minutes(29), why));
  EXPECT_EQ(why.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(why.message()), HasSubstr("in time: connection refused"));
}

TEST(ResubscriptionTest, NoTryIsPlannedBeyondTheDeadline) {
  auto options = Checkpointing();
  options.recovery_timeout = absl::Milliseconds(10);
  Resubscription resubscription(options, Seeded());
  resubscription.Start(kStart);
  EXPECT_EQ(Fail(resubscription, kStart), resubscription.deadline());
}

TEST(ResubscriptionTest, WithoutCheckpointsALostConnectionIsForGood) {
  Resubscription resubscription(NotCheckpointing(), Seeded());
  resubscription.Start(kStart);
  resubscription.Subscribed(kStart);
  absl::Status why = absl::UnavailableError("reset");
  EXPECT_FALSE(resubscription.Failed(Failure::kGone, kStart + absl::Hours(1), why));
  EXPECT_THAT(std::string(why.message()), HasSubstr("nothing is checkpointed: reset"));
}

TEST(ResubscriptionTest, WithoutCheckpointsALivingAgentGetsOneMoreTry) {
  Resubscription resubscription(NotCheckpointing(), Seeded());
  resubscription.Start(kStart);
  resubscription.Subscribed(kStart);
  const absl::Time now = kStart + absl::Hours(1);
  EXPECT_EQ(Fail(resubscription, now, Failure::kAnswered), now);
  EXPECT_FALSE(Fail(resubscription, now, Failure::kAnswered));
}

TEST(ResubscriptionTest, WithoutCheckpointsTheFirstSubscriptionMayTakeAMinute) {
  Resubscription resubscription(NotCheckpointing(), Seeded());
  resubscription.Start(kStart);
  EXPECT_TRUE(Fail(resubscription, kStart + absl::Seconds(59)));
  EXPECT_FALSE(Fail(resubscription, kStart + absl::Minutes(1)));
}

TEST(ResubscriptionTest, AForgetfulAgentIsBelievedAtTheThirdTimeAndAfterTenSeconds) {
  const struct {
    std::vector<double> seconds;
    bool lost;
  } cases[] = {{{0, 1, 2, 3, 4, 9.9}, false},
               {{0, 11}, false},
               {{0, 5, 10}, true},
               {{0, 1, 2, 9.9, 10}, true}};
  for (const auto& each : cases) {
    Resubscription resubscription(Checkpointing(), Seeded());
    resubscription.Start(kStart);
    bool lost = false;
    for (const double at : each.seconds) {
      ASSERT_FALSE(lost);
      lost = !Fail(resubscription, kStart + absl::Seconds(at), Failure::kRefused);
    }
    EXPECT_EQ(lost, each.lost);
  }
}

TEST(ResubscriptionTest, AnotherAnswerStartsTheCountOfRefusalsAgain) {
  Resubscription resubscription(Checkpointing(), Seeded());
  resubscription.Start(kStart);
  for (int i = 0; i < 100; ++i) {
    const absl::Time now = kStart + absl::Seconds(i);
    ASSERT_TRUE(Fail(resubscription, now, i % 9 == 8 ? Failure::kAnswered : Failure::kRefused));
  }
}

TEST(ResubscriptionTest, AnAgentThatAnsweredIsNotThoughtSlowAnyMore) {
  for (const Failure failure : {Failure::kAnswered, Failure::kRefused}) {
    Resubscription resubscription(Checkpointing(), Seeded());
    resubscription.Start(kStart);
    Fail(resubscription, kStart, Failure::kSilent);
    Fail(resubscription, kStart, Failure::kGone);
    EXPECT_EQ(resubscription.attempt_timeout(), absl::Seconds(4));
    Fail(resubscription, kStart, failure);
    EXPECT_EQ(resubscription.attempt_timeout(), absl::Seconds(2));
  }
}

TEST(ResubscriptionTest, ASlowAgentGetsMoreTimeEachTimeUpToTheLimit) {
  Resubscription resubscription(Checkpointing(), Seeded());
  resubscription.Start(kStart);
  for (const double seconds : {2., 4., 8., 10., 10.}) {
    EXPECT_EQ(resubscription.attempt_timeout(), absl::Seconds(seconds));
    Fail(resubscription, kStart, Failure::kSilent);
  }
  resubscription.Subscribed(kStart);
  EXPECT_EQ(resubscription.attempt_timeout(), absl::Seconds(2));
}

}  // namespace
}  // namespace mesos_executor::agent
