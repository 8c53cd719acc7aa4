#include "integration/dev_agent/fault_plan.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "integration/dev_agent/fault_script.h"
#include "integration/dev_agent/random_faults.h"

namespace mesos_executor::dev_agent {
namespace {

using Kind = Trigger::Kind;

Fault Parsed(const std::string& text) {
  const auto fault = ParseFault(text);
  EXPECT_TRUE(fault.ok()) << fault.status();
  return fault.value_or(Fault());
}

TEST(FaultPlanTest, EveryFaultIsReadAndWritten) {
  EXPECT_EQ(Parsed("update#2-4 answer=503"),
            (Fault{{.kind = Kind::kUpdate, .first = 2, .last = 4}, AnswerInstead{.code = 503}}));
  EXPECT_EQ(Parsed("subscribe answer=400:Executor: cannot be found"),
            (Fault{{.kind = Kind::kSubscribe},
                   AnswerInstead{.code = 400, .text = "Executor: cannot be found"}}));
  EXPECT_EQ(Parsed("heartbeat#3+ ignore"),
            (Fault{{.kind = Kind::kHeartbeat, .first = 3, .last = std::numeric_limits<int>::max()},
                   IgnoreCall{}}));
  EXPECT_EQ(Parsed("call#7 delay=1m30s"),
            (Fault{{.kind = Kind::kCall, .first = 7, .last = 7}, DelayAnswer{absl::Seconds(90)}}));
  EXPECT_EQ(Parsed("subscribe cut=700"), (Fault{{.kind = Kind::kSubscribe}, CutAnswer{700}}));
  EXPECT_EQ(Parsed("connect#2 reset=0"),
            (Fault{{.kind = Kind::kConnect, .first = 2, .last = 2}, CutAnswer{0, true}}));
  EXPECT_EQ(Parsed(" at=2s  freeze=5s "),
            (Fault{{.kind = Kind::kTime, .time = absl::Seconds(2)}, Freeze{absl::Seconds(5)}}));
  EXPECT_EQ(Parsed("message stall=5secs"),
            (Fault{{.kind = Kind::kMessage}, Freeze{absl::Seconds(5), true}}));
  EXPECT_EQ(Parsed("after-update break"),
            (Fault{{.kind = Kind::kUpdate, .after = true}, BreakStream{}}));
  EXPECT_EQ(Parsed("at=0s restart"), (Fault{{.kind = Kind::kTime}, Restart{}}));
  EXPECT_EQ(Parsed("at=0s forget-executor=down:0s,404:1ms,503:2ms,recovery:3ms,window:4s"),
            (Fault{{.kind = Kind::kTime},
                   Restart{.down = absl::ZeroDuration(),
                           .no_routes = absl::Milliseconds(1),
                           .unrecovered = absl::Milliseconds(2),
                           .recovery = absl::Milliseconds(3),
                           .window = absl::Seconds(4),
                           .forgets = Restart::Forgets::kExecutor}}));
}

TEST(FaultPlanTest, WhatIsWrongIsSaid) {
  for (const char* text : {"",
                           "update",
                           "update#0 break",
                           "update#4-2 break",
                           "update#1-2-3 break",
                           "update#x break",
                           "update#1-2+ break",
                           "updates break",
                           "at=soon break",
                           "after-connect cut=0",
                           "after-update ignore",
                           "update answer=42",
                           "update answer=",
                           "update cut=-1",
                           "update cut=x",
                           "at=1s cut=3",
                           "at=1s answer=503",
                           "connect delay=1s",
                           "update freeze",
                           "at=1s restart=up:3s",
                           "at=1s restart=down:soon",
                           "at=1s break now"}) {
    const auto fault = ParseFault(text);
    EXPECT_EQ(fault.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(fault.status().message().find("expected"), std::string::npos) << fault.status();
  }
}

TEST(FaultPlanTest, ASeedGivesOnePlanAndSeedsGiveEveryKindThatAnExecutorSurvives) {
  std::set<size_t> effects;
  std::set<std::string> plans;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const FaultPlan plan = RandomFaults(seed);
    EXPECT_EQ(RandomFaults(seed), plan);
    plans.insert(FaultPlanText(plan));
    for (const Fault& fault : plan) {
      EXPECT_EQ(Parsed(FaultText(fault)), fault);
      EXPECT_LT(fault.trigger.last, 100);
      effects.insert(fault.effect.index());
      if (const auto* answer = std::get_if<AnswerInstead>(&fault.effect)) {
        EXPECT_TRUE(answer->code == 404 || answer->code >= 500) << answer->code;
      }
      if (const auto* restart = std::get_if<Restart>(&fault.effect)) {
        EXPECT_EQ(restart->forgets, Restart::Forgets::kNothing);
      }
    }
  }
  EXPECT_GT(plans.size(), 200u);
  // All but IgnoreCall.
  EXPECT_EQ(effects, (std::set<size_t>{0, 2, 3, 4, 5, 6}));
  for (uint64_t seed = 0; seed < 300; ++seed) {
    for (const Fault& fault : RandomFaults(seed, {.restarts = false})) {
      EXPECT_FALSE(std::holds_alternative<Restart>(fault.effect));
    }
  }
}

TEST(FaultScriptTest, CallsAreCountedByTypeAndAllTogether) {
  FaultScript script;
  script.Add({Parsed("update#2-3 answer=503"), Parsed("call#2 break"), Parsed("connect cut=0")});
  EXPECT_EQ(script.On(Kind::kSubscribe).size(), 0u);
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "call#2 break");
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "update#2-3 answer=503");
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "update#2-3 answer=503");
  EXPECT_EQ(script.On(Kind::kUpdate).size(), 0u);
  EXPECT_EQ(FaultPlanText(script.On(Kind::kConnect)), "connect#1 cut=0");
  EXPECT_EQ(script.On(Kind::kConnect).size(), 0u);
}

TEST(FaultScriptTest, APlanCountsFromTheMomentItIsGiven) {
  FaultScript script;
  script.On(Kind::kUpdate);
  script.Add({Parsed("update ignore"), Parsed("update#2+ ignore")});
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "update#2 ignore");
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "update#3+ ignore");
  EXPECT_EQ(FaultPlanText(script.On(Kind::kUpdate)), "update#3+ ignore");
}

}  // namespace
}  // namespace mesos_executor::dev_agent
