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

HeldServices Held(const std::vector<std::string>& ids) {
  HeldServices held;
  for (const auto& id : ids) held[id].name = "web";
  return held;
}

// "register a", "look", or "" for nothing.
std::string Next(const TaskRegistration& registration) {
  const auto step = registration.Next();
  if (!step.has_value()) return "";
  if (step->kind == Kind::kLook) return "look";
  return (step->kind == Kind::kRegister ? "register " : "deregister ") + step->id;
}

TEST(TaskRegistrationTest, RegistersOneAfterTheOtherAndRemovesThemAgain) {
  TaskRegistration registration;
  registration.Define("A", Define({"a", "b"}), /*perhaps_held=*/false);
  EXPECT_EQ(Next(registration), "");
  EXPECT_TRUE(registration.Want(Wish::kRegistered));
  EXPECT_EQ(Next(registration), "register a");
  registration.OnRegistered("a", absl::OkStatus(), 1);
  EXPECT_EQ(Next(registration), "register b");
  registration.OnRegistered("b", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  EXPECT_TRUE(registration.Want(Wish::kAbsent));
  EXPECT_EQ(Next(registration), "deregister a");
  registration.OnDeregistered("a", absl::OkStatus(), 3);
  EXPECT_EQ(Next(registration), "deregister b");
  registration.OnDeregistered("b", absl::OkStatus(), 4);
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
  registration.OnDeregistered("old", absl::OkStatus(), 1);
  EXPECT_EQ(Next(registration), "look");
  registration.Observe(Held({"same"}), 2);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, WhatIsDefinedAnewIsRegisteredAnewOnce) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  registration.OnRegistered("a", absl::OkStatus(), 1);
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
  registration.OnRegistered("a", absl::UnavailableError("lost"), 3);
  EXPECT_EQ(Next(registration), "register a");
  registration.OnRegistered("a", absl::OkStatus(), 4);
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
  registration.OnRegistered("a", absl::OkStatus(), 5);
  registration.Observe(Held({}), 4);
  EXPECT_EQ(Next(registration), "");
  registration.Observe(Held({}), 6);
  EXPECT_EQ(Next(registration), "register a");
}

TEST(TaskRegistrationTest, WithoutAnAnswerOneMustLook) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  registration.Want(Wish::kRegistered);
  registration.OnRegistered("a", absl::UnavailableError("lost"), 1);
  EXPECT_EQ(Next(registration), "look");
  EXPECT_TRUE(registration.has_unanswered());
  registration.Want(Wish::kAbsent);
  EXPECT_EQ(Next(registration), "deregister a");
  registration.OnDeregistered("a", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  registration.DeregisterAgain();
  EXPECT_EQ(Next(registration), "deregister a");
  EXPECT_FALSE(registration.has_unanswered());
}

TEST(TaskRegistrationTest, WhatComesBackAfterItsRemovalIsRemovedAgain) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), true);
  registration.Want(Wish::kAbsent);
  registration.OnDeregistered("a", absl::OkStatus(), 1);
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
  registration.OnRegistered("a", absl::InvalidArgumentError("bad name"), 1);
  EXPECT_EQ(Next(registration), "register b");
  registration.OnRegistered("b", absl::OkStatus(), 2);
  EXPECT_EQ(Next(registration), "");
  EXPECT_EQ(registration.refusal().message(), "bad name");
  registration.Observe(Held({"b"}), 3);
  EXPECT_EQ(Next(registration), "");
}

TEST(TaskRegistrationTest, OnlyAHealthyTaskIsRegisteredAsPassing) {
  TaskRegistration registration;
  registration.Define("A", Define({"a"}), false);
  EXPECT_EQ(registration.status(), "critical");
  registration.set_healthy(true);
  EXPECT_EQ(registration.status(), "passing");
}

}  // namespace
}  // namespace mesos_executor::consul
