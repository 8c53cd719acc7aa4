#include "sidecars/consul_registrar/task_registration.h"

#include <gtest/gtest.h>

namespace mesos_executor::consul {
namespace {

using Kind = TaskRegistration::Step::Kind;
using Wish = TaskRegistration::Wish;

TaskDefinition Define(const std::vector<std::string>& ids) {
  TaskDefinition definition;
  definition.initial_status = "passing";
  for (const auto& id : ids) {
    ServiceDefinition service;
    service.id = id;
    service.name = "web";
    definition.services.push_back(service);
  }
  return definition;
}

Holdings Held(const std::vector<std::string>& ids) {
  Holdings held;
  for (const auto& id : ids) held.Add(id, {.name = "web"});
  return held;
}

// One whose check says `status`.
Holdings HeldAs(const std::string& id, const std::string& type, const std::string& status) {
  Holdings held;
  held.Add(id, {.name = "web", .check = HeldCheck{.type = type, .status = status}});
  return held;
}

void Registered(TaskRegistration& registration, const std::string& id, const absl::Status& result,
                TaskRegistration::Moment now) {
  registration.OnDone({Kind::kRegister, id, "passing"}, result, now).IgnoreError();
}
void Deregistered(TaskRegistration& registration, const std::string& id, const absl::Status& result,
                  TaskRegistration::Moment now) {
  registration.OnDone({Kind::kDeregister, id, ""}, result, now).IgnoreError();
}
// The next step, an update.
void Updated(TaskRegistration& registration, const absl::Status& result,
             TaskRegistration::Moment now) {
  registration.OnDone(*registration.Next(), result, now).IgnoreError();
}

// "register a", "say a critical", "look", or "" for nothing.
std::string Next(const TaskRegistration& registration) {
  const auto step = registration.Next();
  if (!step.has_value()) return "";
  switch (step->kind) {
    case Kind::kLook:
      return "look";
    case Kind::kRegister:
      return "register " + step->id;
    case Kind::kDeregister:
      return "deregister " + step->id;
    case Kind::kUpdateCheck:
      return "say " + step->id + " " + step->status;
  }
  return "nonsense";
}

TEST(TaskRegistrationTest, RegistersOneAfterTheOtherAndRemovesThemAgain) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "b"}), /*perhaps_held=*/false);
  EXPECT_EQ(Next(registration), "");
  EXPECT_TRUE(registration.Want(Wish::kRegistered));
  EXPECT_EQ(Next(registration), "register a");
  Registered(registration, "a", absl::OkStatus(), 1);
  EXPECT_EQ(Next(registration), "register b");
  Registered(registration, "b", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  EXPECT_TRUE(registration.Want(Wish::kAbsent));
  EXPECT_EQ(Next(registration), "deregister a");
  Deregistered(registration, "a", absl::OkStatus(), 3);
  EXPECT_EQ(Next(registration), "deregister b");
  Deregistered(registration, "b", absl::OkStatus(), 4);
  EXPECT_EQ(Next(registration), "");
  EXPECT_FALSE(registration.has_unanswered());
}

TEST(TaskRegistrationTest, WhatNoLongerBelongsToTheTaskIsRemoved) {
  TaskRegistration earlier;
  earlier.Define("A", Define({"old", "same"}), false);
  TaskRegistration registration;
  ASSERT_TRUE(registration.Recover(earlier.Record()).ok());
  registration.Define("A", Define({"same"}), true);
  registration.Want(Wish::kRegistered);
  EXPECT_EQ(Next(registration), "deregister old");
  Deregistered(registration, "old", absl::OkStatus(), 1);
  EXPECT_EQ(Next(registration), "look");
  registration.Observe(Held({"same"}), 2);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, WhatIsDefinedAnewIsRegisteredAnewOnce) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  registration.Define("A", Define({"a"}), true);
  EXPECT_EQ(Next(registration), "");
  auto changed = Define({"a"});
  changed.services[0].check.emplace().tcp = "127.0.0.1:80";
  registration.Define("A", changed, true);
  EXPECT_EQ(Next(registration), "register a");
  // A listing shows no check, and a restart must not forget that this one is old.
  registration.Observe(Held({"a"}), 2);
  EXPECT_EQ(Next(registration), "register a");
  EXPECT_NE(registration.Record().find(R"("incarnation":"")"), std::string::npos);
  Registered(registration, "a", absl::UnavailableError("lost"), 3);
  registration.TryAgain();
  EXPECT_EQ(Next(registration), "register a");
  Registered(registration, "a", absl::OkStatus(), 4);
  EXPECT_EQ(Next(registration), "");
  registration.Define("B", changed, true);
  EXPECT_EQ(Next(registration), "register a");
  registration.Want(Wish::kAbsent);
  EXPECT_EQ(Next(registration), "deregister a");
}

TEST(TaskRegistrationTest, AListingOlderThanARegistrationProvesNothing) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 5);
  registration.Observe(Held({}), 4);
  EXPECT_EQ(Next(registration), "");
  registration.Observe(Held({}), 6);
  EXPECT_EQ(Next(registration), "register a");
}

TEST(TaskRegistrationTest, WithoutAnAnswerOneMustLook) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::UnavailableError("lost"), 1);
  EXPECT_EQ(Next(registration), "");
  EXPECT_EQ(registration.failure().message(), "lost");
  registration.TryAgain();
  EXPECT_EQ(Next(registration), "look");
  EXPECT_TRUE(registration.has_unanswered());
  registration.Want(Wish::kAbsent);
  EXPECT_EQ(Next(registration), "deregister a");
  Deregistered(registration, "a", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  registration.DeregisterAgain();
  EXPECT_EQ(Next(registration), "deregister a");
  EXPECT_FALSE(registration.has_unanswered());
}

TEST(TaskRegistrationTest, WhatComesBackAfterItsRemovalIsRemovedAgain) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), true);
  registration.Want(Wish::kAbsent);
  Deregistered(registration, "a", absl::OkStatus(), 1);
  registration.Observe(Held({}), 2);
  EXPECT_EQ(Next(registration), "");
  registration.Observe(Held({"a"}), 2);
  EXPECT_EQ(Next(registration), "deregister a");
}

TEST(TaskRegistrationTest, AListThatLeavesItOutIsNoProofThatItIsGone) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), true);
  registration.Want(Wish::kAbsent);
  registration.Observe(Held({}), 2);
  EXPECT_EQ(Next(registration), "deregister a");
}

TEST(TaskRegistrationTest, OneRefusedServiceDoesNotHoldUpTheOthers) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "b"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::InvalidArgumentError("bad name"), 1);
  EXPECT_EQ(Next(registration), "register b");
  Registered(registration, "b", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  EXPECT_EQ(registration.failure().message(), "bad name");
  registration.Observe(Held({"b"}), 3);
  EXPECT_EQ(Next(registration), "");
  registration.TryAgain();
  EXPECT_EQ(Next(registration), "register a");
  Registered(registration, "a", absl::OkStatus(), 4);
  EXPECT_TRUE(registration.failure().ok());
}

TEST(TaskRegistrationTest, OneThatMayNotBeRemovedDoesNotHoldUpTheOthers) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "b"}), true);
  registration.Want(Wish::kAbsent);
  Deregistered(registration, "a", absl::PermissionDeniedError("no"), 1);
  EXPECT_EQ(Next(registration), "deregister b");
  Deregistered(registration, "b", absl::UnavailableError("lost"), 2);
  EXPECT_EQ(Next(registration), "");
  // What may pass soonest.
  EXPECT_EQ(registration.failure().message(), "lost");
  // A failure to remove is none to register.
  registration.Want(Wish::kRegistered);
  EXPECT_TRUE(registration.failure().ok());
  EXPECT_EQ(Next(registration), "look");
}

TEST(TaskRegistrationTest, WhatFailedButIsNoLongerWantedStandsInNobodysWay) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  registration.Want(Wish::kAbsent);
  EXPECT_TRUE(
      registration.OnDone({Kind::kRegister, "a", ""}, absl::UnavailableError("lost"), 1).ok());
  EXPECT_EQ(Next(registration), "deregister a");
}

TEST(TaskRegistrationTest, WhatIsHeldOtherwiseThanWantedIsRemovedInTheEnd) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  Holdings edited;
  edited.Add("a", {.name = "web", .tags = {"edited"}});
  EXPECT_TRUE(registration.Observe(edited, 2));
  EXPECT_EQ(Next(registration), "register a");
  EXPECT_EQ(registration.held(), 1u);
  registration.Want(Wish::kAbsent);
  EXPECT_EQ(Next(registration), "deregister a");
}

TEST(TaskRegistrationTest, WhatAListingLeavesOutIsRemovedInTheEnd) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "never registered"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  EXPECT_TRUE(registration.Observe(Held({}), 2));
  EXPECT_EQ(Next(registration), "register a");
  EXPECT_EQ(registration.held(), 0u);
  registration.Want(Wish::kAbsent);
  EXPECT_EQ(Next(registration), "deregister a");
  Deregistered(registration, "a", absl::OkStatus(), 3);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, WhatAnEarlierProcessSentMayComeLate) {
  TaskRegistration earlier;
  earlier.Define("A", Define({"a"}), false);
  TaskRegistration registration;
  ASSERT_TRUE(registration.Recover(earlier.Record()).ok());
  EXPECT_TRUE(registration.has_unanswered());
}

TEST(TaskRegistrationTest, WhatWasRemovedAndIsNoLongerDefinedIsForgotten) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "late"}), false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  Registered(registration, "late", absl::UnavailableError("lost"), 2);
  registration.Define("A", Define({"b"}), true);
  registration.ForgetRemoved();
  EXPECT_EQ(registration.size(), 3u);
  Deregistered(registration, "a", absl::OkStatus(), 3);
  // It may come back: see has_unanswered().
  Deregistered(registration, "late", absl::OkStatus(), 4);
  registration.ForgetRemoved();
  EXPECT_EQ(registration.size(), 2u);
  EXPECT_EQ(registration.Record().find(R"("a")"), std::string::npos);
}

TEST(TaskRegistrationTest, OnlyAHealthyTaskIsRegisteredAsPassing) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  EXPECT_EQ(registration.Next()->status, "critical");
  registration.set_healthy(true);
  EXPECT_EQ(registration.Next()->status, "passing");
}

TEST(TaskRegistrationTest, WhatConsulsOwnCheckFoundIsKeptInARegistrationAnew) {
  TaskRegistration registration;
  auto definition = Define({"a"});
  definition.services[0].check.emplace().http = "http://127.0.0.1/";
  registration.Define("A", definition, false);
  registration.set_healthy(true);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  EXPECT_FALSE(registration.Observe(HeldAs("a", "http", "critical"), 2));
  EXPECT_EQ(Next(registration), "");
  EXPECT_TRUE(registration.Observe(Held({}), 3));
  EXPECT_EQ(Next(registration), "register a");
  EXPECT_EQ(registration.Next()->status, "critical");
}

TEST(TaskRegistrationTest, ATtlCheckIsToldEachChangeOfHealthOnce) {
  TaskRegistration registration;
  auto definition = Define({"a"});
  definition.services[0].check.emplace().ttl = kTtl;
  registration.Define("A", definition, false);
  registration.set_healthy(true);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  EXPECT_EQ(Next(registration), "");
  registration.set_healthy(false);
  EXPECT_EQ(Next(registration), "say a critical");
  Updated(registration, absl::UnavailableError("lost"), 2);
  registration.TryAgain();
  EXPECT_EQ(Next(registration), "say a critical");
  Updated(registration, absl::OkStatus(), 3);
  EXPECT_EQ(Next(registration), "");
  registration.RenewChecks();
  EXPECT_EQ(Next(registration), "say a critical");
  Updated(registration, absl::OkStatus(), 4);
  EXPECT_EQ(Next(registration), "");
  // Consul kept what an older registration's check said, or its TTL ran out.
  registration.set_healthy(true);
  Updated(registration, absl::OkStatus(), 5);
  registration.Observe(HeldAs("a", "ttl", "critical"), 6);
  EXPECT_EQ(Next(registration), "say a passing");
  Updated(registration, absl::NotFoundError("no such check"), 7);
  EXPECT_EQ(Next(registration), "register a");
  // A listing that tells no kind of check doesn't bring the same update back.
  registration.Observe(HeldAs("a", "", "passing"), 8);
  EXPECT_EQ(Next(registration), "register a");
  Registered(registration, "a", absl::OkStatus(), 9);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, AfterAnUpdateThatFoundNoCheckARegistrationIsEnough) {
  TaskRegistration registration;
  auto definition = Define({"a"});
  definition.services[0].check.emplace().ttl = kTtl;
  registration.Define("A", definition, false);
  registration.Want(Wish::kRegistered);
  registration.OnDone(*registration.Next(), absl::OkStatus(), 1).IgnoreError();
  registration.set_healthy(true);
  Updated(registration, absl::NotFoundError("no such check"), 2);
  EXPECT_EQ(Next(registration), "register a");
  registration.OnDone(*registration.Next(), absl::OkStatus(), 3).IgnoreError();
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, ACheckOfAnotherKindIsReplaced) {
  TaskRegistration registration;
  auto definition = Define({"a"});
  definition.services[0].check.emplace().ttl = kTtl;
  registration.Define("A", definition, true);
  registration.Want(Wish::kRegistered);
  registration.Observe(HeldAs("a", "http", "passing"), 1);
  EXPECT_EQ(Next(registration), "register a");
}

TEST(TaskRegistrationTest, ServicesThatAreMarkedAsTheTasksAndInNoRecordAreRemoved) {
  TaskRegistration registration;
  auto definition = Define({"a"});
  definition.meta = {{kMetaTaskId, "t"}};
  registration.Define("A", definition, false);
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  Holdings held = Held({"a", "not marked"});
  held.Add("stray", {.name = "web", .meta = {{kMetaTaskId, "t"}}});
  held.Add("another's", {.name = "web", .meta = {{kMetaTaskId, "u"}}});
  EXPECT_TRUE(registration.Observe(held, 2));
  EXPECT_EQ(Next(registration), "deregister stray");
  Deregistered(registration, "stray", absl::OkStatus(), 3);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, ANewTokenRegistersWhatIsRegisteredOnceMore) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.RegisterAnew();
  EXPECT_EQ(Next(registration), "");
  registration.Want(Wish::kRegistered);
  Registered(registration, "a", absl::OkStatus(), 1);
  EXPECT_EQ(registration.held(), 1u);
  registration.RegisterAnew();
  EXPECT_EQ(Next(registration), "register a");
  Registered(registration, "a", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
}

}  // namespace
}  // namespace mesos_executor::consul
