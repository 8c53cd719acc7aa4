#include "sidecars/runtime/message_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::Attach;
using lifecycle::v1::Event;
using lifecycle::v1::State;
using ::testing::HasSubstr;

Attach GoodAttach() {
  Attach attach;
  attach.set_protocol_min(1);
  attach.set_protocol_max(1);
  attach.set_incarnation("incarnation");
  attach.mutable_task()->set_framework_id("framework");
  attach.mutable_task()->set_executor_id("executor");
  attach.mutable_task()->set_task_id("task");
  return attach;
}

TEST(MessageRulesTest, TheNewestCommonVersionIsChosen) {
  Attach attach = GoodAttach();
  attach.set_protocol_max(7);
  const auto version = CheckAttach(attach);
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(*version, 1u);
}

TEST(MessageRulesTest, EachFlawOfAnAttachIsNamed) {
  struct Case {
    std::function<void(Attach&)> spoil;
    absl::StatusCode code;
    std::string words;
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  const Case cases[] = {
      {[](Attach& a) { a.set_protocol_min(2), a.set_protocol_max(3); },
       absl::StatusCode::kFailedPrecondition, "versions 1 to 1"},
      {[](Attach& a) { a.set_protocol_min(0); }, kInvalid, "range"},
      {[](Attach& a) { a.set_protocol_min(3), a.set_protocol_max(2); }, kInvalid, "range"},
      {[](Attach& a) { a.clear_incarnation(); }, kInvalid, "incarnation is empty"},
      {[](Attach& a) { a.clear_task(); }, kInvalid, "framework_id is empty"},
      {[](Attach& a) { a.mutable_task()->clear_executor_id(); }, kInvalid, "executor_id is empty"},
      {[](Attach& a) { a.mutable_task()->clear_task_id(); }, kInvalid, "task_id is empty"},
      {[](Attach& a) { a.mutable_task()->set_task_id(std::string(256, 'x')); }, kInvalid, "longer"},
      {[](Attach& a) { a.mutable_task()->set_task_id("a\nb"); }, kInvalid, "control character"},
  };
  for (const Case& c : cases) {
    Attach attach = GoodAttach();
    c.spoil(attach);
    const auto version = CheckAttach(attach);
    EXPECT_EQ(version.status().code(), c.code) << attach.DebugString();
    EXPECT_THAT(version.status().message(), HasSubstr(c.words));
  }
}

TEST(MessageRulesTest, UnknownPhasesAndHealthsAreRefused) {
  State state;
  EXPECT_TRUE(CheckState(state).ok());
  state.set_phase(static_cast<lifecycle::v1::Phase>(7));
  EXPECT_FALSE(CheckState(state).ok());
  state.set_phase(lifecycle::v1::HEALTHY);
  state.set_health(static_cast<lifecycle::v1::Health>(-1));
  EXPECT_FALSE(CheckState(state).ok());
}

TEST(MessageRulesTest, AnEventMustHaveAPhase) {
  Event event;
  EXPECT_FALSE(CheckEvent(event, lifecycle::v1::HEALTHY).ok());
  event.set_phase(lifecycle::v1::UNHEALTHY);
  event.set_health(lifecycle::v1::HEALTH_UNHEALTHY);
  const auto state = CheckEvent(event, lifecycle::v1::HEALTHY);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->phase, lifecycle::v1::UNHEALTHY);
  EXPECT_EQ(state->health, lifecycle::v1::HEALTH_UNHEALTHY);
}

TEST(MessageRulesTest, PhasesOnlyGoForwardsButHealthMayComeBack) {
  const auto follows = [](int before, int after) {
    Event event;
    event.set_phase(static_cast<lifecycle::v1::Phase>(after));
    return CheckEvent(event, static_cast<lifecycle::v1::Phase>(before)).ok();
  };
  for (int before = 0; before <= lifecycle::v1::TERMINATED; ++before) {
    for (int after = 1; after <= lifecycle::v1::TERMINATED; ++after) {
      const bool back = before == lifecycle::v1::UNHEALTHY && after == lifecycle::v1::HEALTHY;
      EXPECT_EQ(follows(before, after), after >= before || back) << before << " " << after;
    }
  }
}

TEST(MessageRulesTest, DeadlinesAreNeverNegative) {
  Event event;
  EXPECT_EQ(DeadlineOf(event), absl::ZeroDuration());
  event.mutable_deadline()->set_seconds(2);
  event.mutable_deadline()->set_nanos(500'000'000);
  EXPECT_EQ(DeadlineOf(event), absl::Milliseconds(2500));
  event.mutable_deadline()->set_seconds(-3);
  EXPECT_EQ(DeadlineOf(event), absl::ZeroDuration());
  event.mutable_deadline()->set_seconds(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(DeadlineOf(event), absl::ZeroDuration());
}

TEST(MessageRulesTest, ABackEndsWordsAreMadeFitForAProtobufString) {
  EXPECT_EQ(Printable("503 Service Unavailable", 100), "503 Service Unavailable");
  EXPECT_EQ(Printable("a\nb\xff\xc3", 100), "a?b??");
  EXPECT_EQ(Printable("abcdef", 3), "abc");
}

}  // namespace
}  // namespace mesos_executor::sidecar
