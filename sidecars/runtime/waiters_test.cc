#include "sidecars/runtime/waiters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WaitersTest : public ::testing::Test {
 protected:
  void Add(absl::Duration deadline, const std::string& name = "") {
    waiters_.Add(deadline, "late", [this, name](const Reply& reply) {
      heard_.push_back(name + Answer::Outcome_Name(reply.outcome) + " " + reply.message);
    });
  }

  ManualEventLoop loop_;
  Waiters waiters_{&loop_};
  std::vector<std::string> heard_;
};

TEST_F(WaitersTest, ThePendingAnswerComesJustBeforeTheDeadlineOrHalfwayToAShortOne) {
  Add(absl::Seconds(1), "long ");
  Add(absl::Milliseconds(20), "short ");
  loop_.Advance(absl::Milliseconds(10));
  EXPECT_THAT(heard_, ElementsAre("short PENDING late"));
  loop_.Advance(absl::Milliseconds(939));
  EXPECT_EQ(heard_.size(), 1u);
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(heard_, ElementsAre("short PENDING late", "long PENDING late"));
}

TEST_F(WaitersTest, PendingIsSaidOnceAndTheLastWordOnce) {
  Add(absl::Seconds(1));
  waiters_.Postpone("away");
  waiters_.Postpone("still away");
  loop_.Advance(absl::Minutes(1));
  waiters_.Answer(Answer::OK, "done");
  waiters_.Answer(Answer::OK, "done again");
  EXPECT_THAT(heard_, ElementsAre("PENDING away", "OK done"));
}

TEST_F(WaitersTest, WhoIsDroppedHearsNothing) {
  Add(absl::Seconds(1));
  waiters_.Drop();
  waiters_.Answer(Answer::OK, "done");
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(WaitersTest, WithoutADeadlineNobodyIsHurried) {
  Add(absl::ZeroDuration());
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(WaitersTest, TooManyLoseTheOldest) {
  for (size_t i = 0; i <= Waiters::kMax; ++i) Add(absl::ZeroDuration(), std::to_string(i) + " ");
  waiters_.Answer(Answer::OK, "done");
  EXPECT_EQ(heard_.size(), Waiters::kMax);
  EXPECT_EQ(heard_.front(), "1 OK done");
}

}  // namespace
}  // namespace mesos_executor::sidecar
