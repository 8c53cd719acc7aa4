// A task's machine in a test's hands, with its time.
#ifndef SUPERVISOR_TASK_MACHINE_FIXTURE_H_
#define SUPERVISOR_TASK_MACHINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/task/task_machine.h"

namespace mesos_executor::task {

// One line an action, so that an expectation reads like a timeline.
struct Describe {
  static std::string DescribeCheck(const mesos::v1::CheckStatusInfo& check) {
    return check.command().has_exit_code() ? absl::StrCat(check.command().exit_code()) : "none";
  }
  std::string operator()(const SendUpdate& a) const {
    return absl::StrCat(
        mesos::v1::TaskState_Name(a.state),
        a.healthy ? (*a.healthy ? " healthy" : " unhealthy") : "",
        a.check_status ? absl::StrCat(" check ", DescribeCheck(*a.check_status)) : "",
        a.message.empty() ? "" : ": ", a.message);
  }
  std::string operator()(const AskSidecars& a) const {
    return absl::StrCat("ask ", lifecycle::v1::Phase_Name(a.phase));
  }
  std::string operator()(const CancelAsk&) const { return "cancel ask"; }
  std::string operator()(const FinishSidecars& a) const {
    return absl::StrCat("finish sidecars in ", absl::FormatDuration(a.bound));
  }
  std::string operator()(const LaunchProcess& a) const {
    return absl::StrCat("launch", a.environment.empty() ? "" : " with ",
                        absl::StrJoin(a.environment, ","));
  }
  std::string operator()(const RequestStop& a) const {
    return absl::StrCat("request stop ", a.number);
  }
  std::string operator()(const TerminateTree&) const { return "terminate"; }
  std::string operator()(const KillTree&) const { return "kill"; }
  std::string operator()(const StartChecks&) const { return "start checks"; }
  std::string operator()(const StopChecks&) const { return "stop checks"; }
  std::string operator()(const Exit& a) const { return absl::StrCat("exit ", a.code, ": ", a.why); }
};

class MachineFixture : public ::testing::Test {
 protected:
  std::vector<std::string> Handle(const Input& input) {
    std::vector<std::string> lines;
    for (const Action& action : machine_->Handle(input, now_)) {
      lines.push_back(std::visit(Describe(), action));
    }
    return lines;
  }
  // The reason in the update that the input makes.
  std::optional<mesos::v1::TaskStatus::Reason> ReasonOf(const Input& input) {
    for (const Action& action : machine_->Handle(input, now_)) {
      if (const auto* update = std::get_if<SendUpdate>(&action)) return update->reason;
    }
    ADD_FAILURE() << "no update";
    return std::nullopt;
  }
  // Lets time pass until the machine's own deadline.
  std::vector<std::string> AwaitDeadline() {
    EXPECT_LT(machine_->deadline(), absl::InfiniteFuture());
    now_ = machine_->deadline();
    return Handle(DeadlineReached{});
  }
  void Pass(absl::Duration duration) { now_ += duration; }
  absl::Duration TimeLeft() const { return machine_->deadline() - now_; }

  void Run(Launch launch = {}) {
    launch.task_id = "t";
    Handle(Subscribed{});
    Handle(launch);
    Handle(PhaseDone{.phase = lifecycle::v1::BEFORE_START});
    Handle(Started{});
    ASSERT_EQ(machine_->state(), TaskMachine::State::kRunning);
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  std::optional<TaskMachine> machine_{std::in_place, Limits(), now_};
};

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_MACHINE_FIXTURE_H_
