#include "sidecars/exec_sidecar/exec_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::exec_sidecar {
namespace {

using lifecycle::v1::Answer;
using lifecycle::v1::Phase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// Commands end when the test says so.
class ScriptedRunner final : public CommandRunner {
 public:
  struct Started {
    std::string phase;
    absl::Duration timeout;
    absl::AnyInvocable<void(CommandResult)> done;
    bool given_up = false;
  };

  std::unique_ptr<Pending> Run(std::vector<std::string> environment, absl::Duration timeout,
                               absl::AnyInvocable<void(CommandResult)> done) override {
    std::string phase;
    for (absl::string_view variable : environment) {
      if (absl::ConsumePrefix(&variable, "PHASE=")) phase = std::string(variable);
    }
    started.push_back({phase, timeout, std::move(done)});
    struct Handle : Pending {
      explicit Handle(Started* started) : of(started) {}
      ~Handle() override { of->given_up = true; }
      Started* of;
    };
    return std::make_unique<Handle>(&started.back());
  }

  std::vector<std::string> Phases() const {
    std::vector<std::string> phases;
    for (const Started& each : started) phases.push_back(each.phase);
    return phases;
  }

  std::deque<Started> started;
};

class ExecHandlerTest : public ::testing::Test, public sidecar::Memory {
 protected:
  static constexpr absl::Duration kDeadline = absl::Seconds(4);

  void Remember(const sidecar::TaskKey& key, const std::string& record) override {
    remembered_[key] = record;
  }
  void Forget(const sidecar::TaskKey& key) override { remembered_.erase(key); }

  std::unique_ptr<ExecHandler> NewHandler() {
    auto runner = std::make_unique<ScriptedRunner>();
    runner_ = runner.get();
    ExecSettings settings;
    settings.command = "notify";
    for (int phase = lifecycle::v1::BEFORE_START; phase <= lifecycle::v1::TERMINATED; ++phase) {
      settings.phases.insert(static_cast<Phase>(phase));
    }
    return std::make_unique<ExecHandler>(&loop_, std::move(runner), settings, "/bin", this);
  }

  static lifecycle::v1::Attach Attach(const std::string& incarnation = "first") {
    lifecycle::v1::Attach attach;
    attach.set_incarnation(incarnation);
    attach.mutable_task()->set_task_id("task");
    return attach;
  }
  void State(Phase phase = lifecycle::v1::PHASE_UNSPECIFIED,
             const std::string& incarnation = "first") {
    handler_->OnState(key_, Attach(incarnation), {.phase = phase});
    loop_.Advance(absl::ZeroDuration());
  }
  // Its replies come into replies_, as "phase OUTCOME message".
  void Ask(Phase phase, absl::Duration deadline = kDeadline) {
    handler_->OnPhase(key_, {.phase = phase}, deadline, [this, phase](sidecar::Reply reply) {
      replies_.push_back(absl::StrCat(PhaseName(phase), " ", Answer::Outcome_Name(reply.outcome),
                                      reply.message.empty() ? "" : " ", reply.message));
      environment_ = reply.environment;
    });
    loop_.Advance(absl::ZeroDuration());
  }
  void Undo() {
    handler_->Undo(key_);
    loop_.Advance(absl::ZeroDuration());
  }
  // The newest command ends so.
  void End(CommandResult result = {}) {
    runner_->started.back().done(std::move(result));
    loop_.Advance(absl::ZeroDuration());
  }

  ManualEventLoop loop_;
  ScriptedRunner* runner_ = nullptr;
  std::map<sidecar::TaskKey, std::string> remembered_;
  const sidecar::TaskKey key_{1000, "framework", "executor", "task"};
  std::vector<std::string> replies_;
  std::vector<std::pair<std::string, std::string>> environment_;
  std::unique_ptr<ExecHandler> handler_ = NewHandler();
};

TEST_F(ExecHandlerTest, ACommandsOutputAddsVariablesBeforeStart) {
  State();
  Ask(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_, IsEmpty());
  End({.output = "A=1\nB=2\n"});
  EXPECT_THAT(replies_, ElementsAre("before-start OK"));
  EXPECT_THAT(environment_, ElementsAre(Pair("A", "1"), Pair("B", "2")));
}

TEST_F(ExecHandlerTest, OutputAtOtherPhasesMeansNothing) {
  State();
  Ask(lifecycle::v1::HEALTHY);
  End({.output = "well done\n"});
  EXPECT_THAT(replies_, ElementsAre("healthy OK"));
  EXPECT_THAT(environment_, IsEmpty());
}

TEST_F(ExecHandlerTest, FailuresSayWhy) {
  State();
  Ask(lifecycle::v1::BEFORE_START);
  End({.failure = "exit code 3", .errors = "starting\nno such database\n"});
  Ask(lifecycle::v1::STARTED, absl::ZeroDuration());
  End({.failure = "no end within 10s"});
  EXPECT_THAT(replies_, ElementsAre("before-start FAILED exit code 3: no such database",
                                    "started FAILED no end within 10s"));
}

TEST_F(ExecHandlerTest, OutputThatIsNoVariablesIsAFailure) {
  State();
  Ask(lifecycle::v1::BEFORE_START);
  End({.output = "hello\n"});
  EXPECT_THAT(replies_, ElementsAre(HasSubstr("before-start FAILED line 1 of the command's")));
  State(lifecycle::v1::BEFORE_START, "second");
  End({.output = "A=1\n", .cut = true});
  Ask(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_.back(), HasSubstr("FAILED the command's output has more than 65536 bytes"));
}

TEST_F(ExecHandlerTest, CommandsRunOneAtATimeInOrder) {
  State();
  Ask(lifecycle::v1::STARTED, absl::ZeroDuration());
  Ask(lifecycle::v1::HEALTHY);
  EXPECT_THAT(runner_->Phases(), ElementsAre("started"));
  End();
  EXPECT_THAT(runner_->Phases(), ElementsAre("started", "healthy"));
  End();
  EXPECT_THAT(replies_, ElementsAre("started OK", "healthy OK"));
}

TEST_F(ExecHandlerTest, ACommandThatTakesLongerThanTheTaskWaitsGoesOn) {
  State();
  Ask(lifecycle::v1::STARTED, absl::ZeroDuration());
  Ask(lifecycle::v1::HEALTHY);
  loop_.Advance(kDeadline);
  EXPECT_THAT(replies_, ElementsAre("healthy PENDING the command still runs"));
  End();
  EXPECT_EQ(runner_->started.back().timeout, absl::Seconds(10)) << "it has its whole time";
  End();
  EXPECT_THAT(replies_,
              ElementsAre("healthy PENDING the command still runs", "started OK", "healthy OK"));
}

TEST_F(ExecHandlerTest, ATaskThatIsThereAgainAfterItWasGivenUpBeginsAnew) {
  State(lifecycle::v1::HEALTHY);
  End();
  Undo();  // Its lease ran out.
  End({.failure = "exit code 1"});
  State(lifecycle::v1::HEALTHY);
  EXPECT_THAT(runner_->Phases(), ElementsAre("healthy", "terminated", "healthy"));
  End();
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(remembered_.size(), 1u);
  Ask(lifecycle::v1::TERMINATED, absl::ZeroDuration());
  End();
  EXPECT_THAT(runner_->Phases(), ElementsAre("healthy", "terminated", "healthy", "terminated"));
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, ANewExecutorsFactsAreRememberedAtOnce) {
  State(lifecycle::v1::STARTED);
  End();
  lifecycle::v1::Attach attach = Attach("second");
  attach.mutable_task()->set_name("newer");
  handler_->OnState(key_, attach, {});
  EXPECT_THAT(remembered_[key_], HasSubstr("newer"));
}

TEST_F(ExecHandlerTest, NotAllTasksCommandsRunAtOnceButATasksEndFindsAPlace) {
  for (int i = 0; i < 200; ++i) {
    handler_->OnState({1000, "f", "e", std::to_string(i)}, Attach(),
                      {.phase = lifecycle::v1::HEALTHY});
  }
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(runner_->started.size(), 48u);
  State();
  Ask(lifecycle::v1::TERMINATED, absl::ZeroDuration());
  EXPECT_EQ(runner_->started.back().phase, "terminated");
}

TEST_F(ExecHandlerTest, HealthThatChangesBeforeItsTurnLeavesTheNewest) {
  State();
  Ask(lifecycle::v1::STARTED, absl::ZeroDuration());
  for (int i = 0; i < 100; ++i) {
    Ask(lifecycle::v1::HEALTHY);
    Ask(lifecycle::v1::UNHEALTHY, absl::ZeroDuration());
  }
  End();
  End();
  EXPECT_THAT(runner_->Phases(), ElementsAre("started", "unhealthy"));
}

TEST_F(ExecHandlerTest, TheEndOvertakesAll) {
  State();
  Ask(lifecycle::v1::STARTED, absl::ZeroDuration());
  Ask(lifecycle::v1::HEALTHY);
  Ask(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_TRUE(runner_->started.front().given_up);
  Ask(lifecycle::v1::TERMINATED, absl::ZeroDuration());
  EXPECT_THAT(runner_->Phases(), ElementsAre("started", "before-terminate", "terminated"));
  EXPECT_TRUE(runner_->started[1].given_up);
  End();
  EXPECT_THAT(replies_, ElementsAre("terminated OK"));
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, TerminatedIsTriedAgainUntilItSucceeds) {
  State();
  Ask(lifecycle::v1::TERMINATED, absl::ZeroDuration());
  End({.failure = "exit code 1"});
  EXPECT_THAT(replies_, ElementsAre("terminated PENDING exit code 1"));
  EXPECT_EQ(remembered_.size(), 1u);
  bool idle = false;
  handler_->WhenIdle([&] { idle = true; });
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(runner_->Phases(), ElementsAre("terminated", "terminated"));
  EXPECT_FALSE(idle);
  End();
  EXPECT_THAT(replies_.back(), "terminated OK");
  EXPECT_TRUE(idle);
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, TerminatedThatNeverSucceedsIsGivenUp) {
  State();
  Ask(lifecycle::v1::TERMINATED, absl::ZeroDuration());
  for (int i = 1; i < TaskCommands::kAttempts; ++i) {
    End({.failure = "exit code 1"});
    loop_.Advance(absl::Minutes(1));
  }
  End({.failure = "exit code 1"});
  EXPECT_THAT(replies_.back(), "terminated FAILED exit code 1");
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(runner_->started.size(), size_t{TaskCommands::kAttempts});
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, WhatIsSaidAgainRunsOnceAndIsAnsweredAlike) {
  State(lifecycle::v1::BEFORE_START);
  Ask(lifecycle::v1::BEFORE_START);
  End({.output = "A=1\n"});
  // The connection broke: state and newest event come again.
  State(lifecycle::v1::BEFORE_START);
  Ask(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(runner_->Phases(), ElementsAre("before-start"));
  EXPECT_THAT(replies_, ElementsAre("before-start OK", "before-start OK"));
  EXPECT_THAT(environment_, ElementsAre(Pair("A", "1")));
}

TEST_F(ExecHandlerTest, WhatWasMissedIsRunFromTheState) {
  State(lifecycle::v1::STARTED);
  EXPECT_THAT(runner_->Phases(), ElementsAre("started"));
  End();
  State(lifecycle::v1::HEALTHY);
  EXPECT_THAT(runner_->Phases(), ElementsAre("started", "healthy"));
}

TEST_F(ExecHandlerTest, ATaskThatIsGoneWithoutAWordGetsItsTerminated) {
  State(lifecycle::v1::STARTED);
  End();
  Undo();
  EXPECT_THAT(runner_->Phases(), ElementsAre("started", "terminated"));
  End();
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, ATaskOfWhichNothingWasSaidNeedsNoCommand) {
  State();
  Undo();
  EXPECT_THAT(runner_->Phases(), IsEmpty());
}

TEST_F(ExecHandlerTest, ARememberedTaskIsUndoneWithTheFactsThatItHad) {
  State(lifecycle::v1::STARTED);
  End();
  const std::string record = remembered_[key_];
  handler_ = NewHandler();
  handler_->OnRecovered(key_, record);
  Undo();
  EXPECT_THAT(runner_->Phases(), ElementsAre("terminated"));
  End();
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(ExecHandlerTest, ARecordThatCantBeReadIsForgotten) {
  remembered_[key_] = "\xff";
  handler_->OnRecovered(key_, "\xff");
  EXPECT_THAT(remembered_, IsEmpty());
}

}  // namespace
}  // namespace mesos_executor::exec_sidecar
