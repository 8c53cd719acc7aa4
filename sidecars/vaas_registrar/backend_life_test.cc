#include "sidecars/vaas_registrar/backend_life.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor::vaas {
namespace {

using Step = BackendLife::Step;

const BackendDefinition kWeb = {
    .director = "web", .dc = "dc1", .address = "10.0.0.7", .port = 80, .weight = 5, .tags = {"a"}};
const absl::Status kAway = absl::UnavailableError("away");

std::optional<HeldBackend> Row(int64_t id, std::optional<int> weight = 5,
                               std::vector<std::string> tags = {"a"}) {
  return HeldBackend{id, {2, "10.0.0.7", 80}, weight, std::move(tags)};
}

// Has found director and data centre, and is about to add.
BackendLife AboutToAdd() {
  BackendLife life;
  EXPECT_TRUE(life.WantPresent(kWeb, /*ours=*/false));
  EXPECT_EQ(life.Next(), Step::kFindDirector);
  life.OnDirector(2);
  EXPECT_EQ(life.Next(), Step::kFindDc);
  life.OnDc(1);
  EXPECT_EQ(life.Next(), Step::kAdd);
  return life;
}

BackendLife Added(int64_t id = 7) {
  BackendLife life = AboutToAdd();
  life.OnAdded(vaas::Added{.id = id, .task_id = ""});
  EXPECT_EQ(life.Next(), Step::kNone);
  return life;
}

TEST(BackendLifeTest, IsLeftAloneUntilSomebodySpeaks) {
  BackendLife life;
  EXPECT_EQ(life.Next(), Step::kNone);
  life.Recover(7);
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, IsAddedFollowedAndDeleted) {
  BackendLife life = AboutToAdd();
  EXPECT_EQ(life.director_id(), 2);
  EXPECT_EQ(life.dc_id(), 1);
  life.OnAdded(vaas::Added{.id = 7, .task_id = "t1"});
  EXPECT_EQ(life.Next(), Step::kFollow);
  life.OnFollowed(TaskProgress::kPending);
  EXPECT_EQ(life.Next(), Step::kFollow);
  life.OnFollowed(TaskProgress::kDone);
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.is_held());
  EXPECT_EQ(life.weight(), 5);

  EXPECT_TRUE(life.WantAbsent());
  EXPECT_FALSE(life.WantAbsent());
  EXPECT_EQ(life.Next(), Step::kDelete);
  EXPECT_EQ(life.id(), 7);
  life.OnDeleted("t2");
  EXPECT_EQ(life.Next(), Step::kFollow);
  EXPECT_EQ(life.task_id(), "t2");
  life.OnFollowed(TaskProgress::kDone);
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.is_absent());
}

TEST(BackendLifeTest, TheNewestWishIsNotKeptWaitingByATask) {
  BackendLife life = AboutToAdd();
  life.OnAdded(vaas::Added{.id = 7, .task_id = "t1"});
  life.WantAbsent();
  EXPECT_EQ(life.Next(), Step::kDelete);
  life.OnDeleted("t2");
  life.WantPresent(kWeb, false);
  EXPECT_EQ(life.Next(), Step::kAdd);
}

TEST(BackendLifeTest, AnUnansweredAdditionIsLookedUpBeforeAnotherOne) {
  BackendLife life = AboutToAdd();
  life.OnAdded(kAway);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(kAway);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(std::nullopt);
  EXPECT_EQ(life.Next(), Step::kAdd);
  life.OnAdded(kAway);
  life.OnLooked(Row(9));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.id(), 9);
}

TEST(BackendLifeTest, AnUnansweredAdditionOfATaskThatEndedIsLookedUpAndDeleted) {
  BackendLife life = AboutToAdd();
  life.WantAbsent();
  life.OnAdded(kAway);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(9));
  EXPECT_EQ(life.Next(), Step::kDelete);
}

TEST(BackendLifeTest, AnUnansweredDeletionIsLookedUpBeforeAnotherOne) {
  BackendLife life = Added();
  life.WantAbsent();
  life.OnDeleted(kAway);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(7));
  EXPECT_EQ(life.Next(), Step::kDelete);
  life.OnDeleted(kAway);
  life.OnLooked(std::nullopt);
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, ADuplicateIsFoundAndAdopted) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::AlreadyExistsError("duplicate"));
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(4));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.id(), 4);
}

TEST(BackendLifeTest, AnAdoptedOneGetsTheWeightThatIsAskedFor) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::AlreadyExistsError("duplicate"));
  life.OnLooked(Row(4, 77));
  EXPECT_EQ(life.Next(), Step::kSetWeight);
  EXPECT_EQ(life.weight_to_set(), 5);
  life.OnWeightSet(kAway);
  EXPECT_EQ(life.Next(), Step::kSetWeight);
  life.OnWeightSet("t1");
  EXPECT_EQ(life.Next(), Step::kFollow);
  EXPECT_EQ(life.task_id(), "t1");
  life.OnFollowed(TaskProgress::kDone);
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.weight(), 5);
}

TEST(BackendLifeTest, AnAdoptedOneWithOtherTagsIsReplaced) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::AlreadyExistsError("duplicate"));
  life.OnLooked(Row(4, 5, {"a", "canary"}));
  EXPECT_EQ(life.Next(), Step::kDelete);
  life.OnDeleted("t");
  EXPECT_EQ(life.Next(), Step::kAdd);
}

TEST(BackendLifeTest, TheRowOfARestartedTaskKeepsItsWeight) {
  BackendLife life;
  life.Recover(7);
  life.WantPresent(kWeb, /*ours=*/true);
  life.OnDirector(2);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(7, 50));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.weight(), 50);
}

TEST(BackendLifeTest, WhatAnEarlierProcessAddedIsDeletedByItsIdOrLookedUp) {
  BackendLife known;
  known.Recover(7);
  known.WantAbsent();
  EXPECT_EQ(known.Next(), Step::kDelete);

  BackendLife unknown;
  unknown.Recover(std::nullopt);
  unknown.WantAbsent();
  EXPECT_EQ(unknown.Next(), Step::kFindDirector);
  unknown.OnDirector(2);
  EXPECT_EQ(unknown.Next(), Step::kLook);
  unknown.OnLooked(std::nullopt);
  EXPECT_EQ(unknown.Next(), Step::kNone);
}

TEST(BackendLifeTest, TwoRecordsThatDifferAreBelievedByNobody) {
  BackendLife life;
  life.Recover(7);
  life.Recover(8);
  EXPECT_EQ(life.id(), std::nullopt);
  life.WantAbsent();
  EXPECT_EQ(life.Next(), Step::kFindDirector);
}

TEST(BackendLifeTest, WithoutItsDirectorThereIsNothingToDelete) {
  BackendLife life;
  life.Recover(std::nullopt);
  life.WantAbsent();
  life.OnDirector(absl::NotFoundError("none"));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.is_absent());
}

TEST(BackendLifeTest, ADirectorThatIsMissingIsAskedForAgain) {
  BackendLife life;
  life.WantPresent(kWeb, false);
  life.OnDirector(absl::NotFoundError("none"));
  EXPECT_EQ(life.Next(), Step::kFindDirector);
  BackendLife later = AboutToAdd();
  later.OnAdded(absl::NotFoundError("no such director"));
  EXPECT_EQ(later.Next(), Step::kFindDirector);
}

TEST(BackendLifeTest, ARefusalIsFinalUntilSomethingElseIsWanted) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::InvalidArgumentError("no"));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.refusal().message(), "no");
  EXPECT_FALSE(life.WantPresent(kWeb, false));
  EXPECT_EQ(life.Next(), Step::kNone);
  life.WantAbsent();
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.refusal().ok());
  life.WantPresent(kWeb, false);
  EXPECT_EQ(life.Next(), Step::kAdd);
}

TEST(BackendLifeTest, WrongCredentialsAreTriedAgain) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::PermissionDeniedError("401"));
  EXPECT_EQ(life.Next(), Step::kAdd);
  EXPECT_TRUE(life.refusal().ok());
}

TEST(BackendLifeTest, ATaskThatFailsIsToldAndEndsTheFollowing) {
  BackendLife life = AboutToAdd();
  life.OnAdded(vaas::Added{.id = 7, .task_id = "t1"});
  life.OnFollowed(kAway);
  EXPECT_EQ(life.Next(), Step::kFollow);
  life.OnFollowed(absl::AbortedError("Varnish did not take it"));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.is_held());
  EXPECT_EQ(life.reload().message(), "Varnish did not take it");
}

TEST(BackendLifeTest, ATaskThatTakesTooLongIsFollowedByALook) {
  BackendLife life = AboutToAdd();
  life.OnAdded(vaas::Added{.id = 7, .task_id = "t1"});
  life.StopFollowing();
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(7));
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, WhatIsGoneIsAddedAgainWithTheWeightThatItHadReached) {
  BackendLife life = Added();
  life.SetWeight(40);
  EXPECT_EQ(life.Next(), Step::kSetWeight);
  life.OnWeightSet("");
  life.Observe(true);
  EXPECT_EQ(life.Next(), Step::kNone);
  life.Observe(false);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(std::nullopt);
  EXPECT_EQ(life.Next(), Step::kAdd);
  EXPECT_EQ(life.definition().weight, 40);
  // What is asked for is still the same.
  EXPECT_FALSE(life.WantPresent(kWeb, false));

  BackendLife removed = Added();
  removed.SetWeight(40);
  removed.OnWeightSet(absl::NotFoundError("gone"));
  EXPECT_EQ(removed.Next(), Step::kAdd);
}

TEST(BackendLifeTest, WhatAListMissedIsFoundByALookAndKeepsItsWeight) {
  BackendLife life = Added();
  life.Observe(false);
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(7, 50));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_EQ(life.id(), 7);
}

TEST(BackendLifeTest, WhatAListMissedIsDeletedByItsId) {
  BackendLife life = Added();
  life.Observe(false);
  life.WantAbsent();
  EXPECT_EQ(life.Next(), Step::kDelete);
  EXPECT_EQ(life.id(), 7);
  life.OnDeleted("");
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, AWeightThatVaasWillNotChangeIsLeftAlone) {
  BackendLife life = Added();
  life.SetWeight(40);
  life.OnWeightSet(absl::InvalidArgumentError("405"));
  EXPECT_EQ(life.Next(), Step::kNone);
  EXPECT_TRUE(life.weight_refused());
  life.SetWeight(50);
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, ARampThatIsRefusedEndsInABackendWithTheLastWeight) {
  BackendDefinition ramp = kWeb;
  ramp.weight = 1;
  ramp.ramp = WeightRamp{.to = 20, .over = absl::Minutes(1)};
  BackendLife life;
  life.WantPresent(ramp, /*ours=*/false);
  life.OnDirector(2);
  life.OnDc(1);
  life.OnAdded(vaas::Added{.id = 7, .task_id = ""});
  life.SetWeight(2);
  life.OnWeightSet(absl::InvalidArgumentError("405"));
  EXPECT_EQ(life.Next(), Step::kDelete);
  // Also where the deletion's answer is lost.
  life.OnDeleted(kAway);
  life.OnLooked(Row(7, 1));
  EXPECT_EQ(life.Next(), Step::kDelete);
  life.OnDeleted("");
  EXPECT_EQ(life.Next(), Step::kAdd);
  EXPECT_EQ(life.definition().weight, 20);
  life.OnAdded(vaas::Added{.id = 8, .task_id = ""});
  EXPECT_EQ(life.Next(), Step::kNone);
}

TEST(BackendLifeTest, ARefusalThatMayPassIsNoFinalOne) {
  BackendLife life = AboutToAdd();
  life.OnAdded(absl::FailedPreconditionError("404 of a proxy"));
  EXPECT_EQ(life.Next(), Step::kAdd);
  EXPECT_TRUE(life.refusal().ok());
}

TEST(BackendLifeTest, ABackendThatAnotherTaskTakesOverIsLookedAt) {
  BackendLife life = Added();
  BackendDefinition heavier = kWeb;
  heavier.weight = 9;
  EXPECT_TRUE(life.WantPresent(heavier, false));
  EXPECT_EQ(life.Next(), Step::kLook);
  life.OnLooked(Row(7, 5));
  EXPECT_EQ(life.Next(), Step::kSetWeight);
  EXPECT_EQ(life.weight_to_set(), 9);
}

}  // namespace
}  // namespace mesos_executor::vaas
