#include "sidecars/runtime/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TurnsTest : public ::testing::Test {
 protected:
  void Wait(const std::string& name, bool urgent = false) {
    held_[name] = turns_.Wait(urgent, [this, name] { started_.push_back(name); });
  }
  std::vector<std::string> Started() {
    loop_.Advance(absl::ZeroDuration());
    return std::exchange(started_, {});
  }

  ManualEventLoop loop_;
  Turns turns_{&loop_, {.all = 3, .not_urgent = 2}};
  std::vector<std::string> started_;
  std::map<std::string, std::unique_ptr<Turns::Turn>> held_;
};

TEST_F(TurnsTest, NothingStartsBeforeWaitReturns) {
  Wait("a");
  EXPECT_THAT(started_, IsEmpty());
  EXPECT_FALSE(held_["a"]->started());
  EXPECT_THAT(Started(), ElementsAre("a"));
  EXPECT_TRUE(held_["a"]->started());
}

TEST_F(TurnsTest, OnlySoManyGoOnAtOnceAndTheOldestIsNext) {
  for (const auto* name : {"a", "b", "c", "d"}) Wait(name);
  EXPECT_THAT(Started(), ElementsAre("a", "b"));
  held_.erase("b");
  EXPECT_THAT(Started(), ElementsAre("c"));
  held_.erase("a");
  EXPECT_THAT(Started(), ElementsAre("d"));
}

TEST_F(TurnsTest, WhatIsUrgentGoesFirstAndHasPlacesOfItsOwn) {
  for (const auto* name : {"a", "b", "c"}) Wait(name);
  Wait("urgent 1", /*urgent=*/true);
  Wait("urgent 2", /*urgent=*/true);
  EXPECT_THAT(Started(), ElementsAre("urgent 1", "urgent 2"));
  held_.erase("urgent 1");
  EXPECT_THAT(Started(), ElementsAre("a"));
  Wait("urgent 3", /*urgent=*/true);
  EXPECT_THAT(Started(), ElementsAre("urgent 3"));
  Wait("urgent 4", /*urgent=*/true);
  EXPECT_THAT(Started(), IsEmpty());
}

TEST_F(TurnsTest, ADestroyedTurnNeverStarts) {
  for (const auto* name : {"a", "b", "c", "d"}) Wait(name);
  held_.erase("a");
  held_.erase("c");
  EXPECT_THAT(Started(), ElementsAre("b", "d"));
}

TEST_F(TurnsTest, ATurnMayEndWhileItStarts) {
  std::unique_ptr<Turns::Turn> turn;
  turn = turns_.Wait(false, [&] {
    turn.reset();
    Wait("next");
  });
  Wait("other");
  EXPECT_THAT(Started(), ElementsAre("other", "next"));
}

}  // namespace
}  // namespace mesos_executor::sidecar
