#include "sidecars/runtime/counted_handler.h"

#include <gtest/gtest.h>

#include <vector>

namespace mesos_executor::sidecar {
namespace {

class TwoAnswers final : public Handler {
 public:
  void OnState(const TaskKey&, const lifecycle::v1::Attach&, const TaskState&) override {
    calls.push_back("state");
  }
  void OnPhase(const TaskKey&, const TaskState&, absl::Duration, ReplyCallback reply) override {
    reply({lifecycle::v1::Answer::PENDING, "later"});
    reply({lifecycle::v1::Answer::OK, "now"});
  }
  void OnRecovered(const TaskKey&, const std::string& record) override { calls.push_back(record); }
  void Undo(const TaskKey&) override { calls.push_back("undo"); }
  void WhenIdle(absl::AnyInvocable<void()> done) override { done(); }

  std::vector<std::string> calls;
};

TEST(CountedHandlerTest, EachAnswerIsPassedOnAndCounted) {
  TwoAnswers handler;
  Metrics metrics;
  CountedHandler counted(&handler, &metrics);
  std::vector<std::string> answers;
  for (const auto phase : {lifecycle::v1::BEFORE_START, lifecycle::v1::HEALTHY}) {
    counted.OnPhase({}, {phase}, absl::ZeroDuration(),
                    [&](Reply reply) { answers.push_back(reply.message); });
  }
  EXPECT_EQ(answers, (std::vector<std::string>{"later", "now", "later", "now"}));
  EXPECT_EQ(metrics.Text(),
            "# HELP mesos_sidecar_events_total Answers to the phases of tasks, by outcome.\n"
            "# TYPE mesos_sidecar_events_total counter\n"
            "mesos_sidecar_events_total{phase=\"before-start\",outcome=\"ok\"} 1\n"
            "mesos_sidecar_events_total{phase=\"before-start\",outcome=\"pending\"} 1\n"
            "mesos_sidecar_events_total{phase=\"healthy\",outcome=\"ok\"} 1\n"
            "mesos_sidecar_events_total{phase=\"healthy\",outcome=\"pending\"} 1\n");
}

TEST(CountedHandlerTest, TheRestIsPassedOn) {
  TwoAnswers handler;
  Metrics metrics;
  CountedHandler counted(&handler, &metrics);
  counted.OnRecovered({}, "recovered");
  counted.OnState({}, {}, {});
  counted.Undo({});
  bool idle = false;
  counted.WhenIdle([&] { idle = true; });
  EXPECT_EQ(handler.calls, (std::vector<std::string>{"recovered", "state", "undo"}));
  EXPECT_TRUE(idle);
}

}  // namespace
}  // namespace mesos_executor::sidecar
