// Random lives: whatever happens in whatever order, the promises hold. A failure prints the seed
// and the life.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/task/task_machine.h"

namespace mesos_executor::task {
namespace {

bool Terminal(mesos::v1::TaskState state) {
  return state == mesos::v1::TASK_FINISHED || state == mesos::v1::TASK_FAILED ||
         state == mesos::v1::TASK_KILLED;
}

// A world that answers as the real one may: the process tree keeps its word, everything
// else is at random.
class Life {
 public:
  explicit Life(uint32_t seed) : random_(seed) {}

  void Live() {
    machine_.emplace(Limits(), now_);
    for (int step = 0; step < 200 && !exited_; ++step) Step();
    // Left alone, every life ends: the tree dies when it is killed, and time passes.
    Say("left alone");
    if (machine_->state() == TaskMachine::State::kPreparing)
      Give(PhaseDone{.phase = lifecycle::v1::BEFORE_START}, "answer");
    if (!exited_) Give(Shutdown{}, "shutdown");
    for (int step = 0; step < 50 && !exited_; ++step) {
      if (launched_ && !tree_gone_ && killed_) Give(tree_gone_ = true, TreeGone{}, "tree gone");
      if (exited_) break;
      if (finished_sidecars_ && !flushed_) Give(flushed_ = true, Flushed{}, "flushed");
      if (exited_) break;
      if (machine_->deadline() < absl::InfiniteFuture()) {
        now_ = std::max(now_, machine_->deadline());
        Give(DeadlineReached{}, "deadline");
      }
    }
    Check(exited_, "the executor never leaves");
    Check(terminal_updates_ <= 1, "more than one terminal update");
    Check(!starting_ || terminal_updates_ == 1, "a task that was launched has no terminal update");
  }

 private:
  void Step() {
    const int kind = std::uniform_int_distribution<int>(0, 19)(random_);
    switch (kind) {
      case 0:
        return Give(Subscribed{.task_killing = Coin()}, "subscribed");
      case 1:
        return Give(Disconnected{}, "disconnected");
      case 2:
      case 3:
        return Give(RandomLaunch(), "launch");
      case 4:
        if (Rare()) Give(Kill{.task_id = Coin() ? "t" : "u", .kill_grace = Grace()}, "kill");
        return;
      case 5:
        if (Rare()) Give(Shutdown{}, "shutdown");
        return;
      case 6:
        if (Rare()) Give(AgentLost{"lost"}, "lost");
        return;
      case 7:
        if (terminal_updates_ > 0 || Coin()) Give(AllSettled{}, "acknowledged");
        return;
      case 8:
      case 9:
        return Give(PhaseDone{.phase = static_cast<lifecycle::v1::Phase>(
                                  std::uniform_int_distribution<int>(1, 5)(random_)),
                              .failure = Rare() ? "refused" : "",
                              .hold = Coin() ? absl::Seconds(2) : absl::ZeroDuration()},
                    "phase done");
      case 10:
        if (finished_sidecars_ && !flushed_) Give(flushed_ = true, Flushed{}, "flushed");
        return;
      case 11:
        if (launched_ && !started_ && !tree_gone_) {
          started_ = true;
          if (Rare()) {
            Give(LaunchFailed{"exec"}, "launch failed");
            if (!exited_) Give(tree_gone_ = true, TreeGone{}, "tree gone");
          } else {
            Give(Started{}, "started");
          }
        }
        return;
      case 12:
        if (started_ && !main_exited_ && !tree_gone_ && (killed_ || Rare()))
          Give(main_exited_ = true, MainExited{Coin() ? 0 : 256}, "main exited");
        return;
      case 17:
        if (Rare() && started_ && !main_exited_ && !tree_gone_) {
          Give(main_exited_ = true, ShimDied{}, "shim died");
        }
        return;
      case 18:
        return Give(StopRefused{}, "stop refused");
      case 19:
        return Give(CheckChanged{}, "check changed");
      case 13:
        if (main_exited_ && !tree_gone_) Give(tree_gone_ = true, TreeGone{}, "tree gone");
        return;
      case 14:
        return Give(BecameHealthy{}, "healthy");
      case 15:
        return Give(FailedCheck{"503", Rare()}, "failed check");
      case 16:
        now_ += absl::Milliseconds(std::uniform_int_distribution<int>(0, 3000)(random_));
        return Give(DeadlineReached{}, "time passes");
    }
  }

  // The first argument only records what is true from now on.
  void Give(bool, const Input& input, const char* name) { Give(input, name); }
  void Give(const Input& input, const char* name) {
    Say(absl::StrCat("> ", name));
    for (const Action& action : machine_->Handle(input, now_)) Take(action);
  }

  void Take(const Action& action) {
    Check(!exited_, "an action after the exit");
    if (const auto* update = std::get_if<SendUpdate>(&action)) {
      Say(absl::StrCat(update->task_id, " ", mesos::v1::TaskState_Name(update->state), " ",
                       update->message));
      if (update->task_id != "t" || refused_) return;
      if (!starting_ && update->state == mesos::v1::TASK_KILLED) {
        refused_ = true;
        return;
      }
      Check(terminal_updates_ == 0, "an update after the terminal one");
      if (update->state == mesos::v1::TASK_STARTING) {
        Check(!starting_, "two TASK_STARTING");
        starting_ = true;
      }
      if (Terminal(update->state)) {
        ++terminal_updates_;
        const bool unkillable = absl::StrContains(update->message, "could not be killed");
        Check(!launched_ || tree_gone_ || unkillable, "a terminal update while a process lives");
      }
    } else if (std::holds_alternative<LaunchProcess>(action)) {
      Say("launch");
      Check(!launched_ && !ending_, "a launch after the end has begun, or a second one");
      launched_ = true;
    } else if (std::holds_alternative<TerminateTree>(action) ||
               std::holds_alternative<KillTree>(action)) {
      Say("terminate or kill");
      Check(launched_, "a kill of what was never launched");
      ending_ = true;
      killed_ = true;
    } else if (std::holds_alternative<FinishSidecars>(action)) {
      Say("finish sidecars");
      Check(!finished_sidecars_, "sidecars finished twice");
      finished_sidecars_ = true;
      ending_ = true;
    } else if (const auto* ask = std::get_if<AskSidecars>(&action)) {
      Say(absl::StrCat("ask ", lifecycle::v1::Phase_Name(ask->phase)));
      Check(!finished_sidecars_, "sidecars asked after the end");
    } else if (std::holds_alternative<Exit>(action)) {
      Say("exit");
      exited_ = true;
    }
  }

  Launch RandomLaunch() {
    Launch launch{.task_id = "t", .kill_grace = Grace(), .running_when_healthy = Coin()};
    if (Coin()) launch.check.emplace();
    if (Rare()) launch.max_completion = absl::Seconds(random_() % 10);
    if (Rare()) launch.expires_in = absl::Seconds(random_() % 10);
    launch.stop_requests = random_() % 3;
    return launch;
  }
  bool Coin() { return random_() % 2 == 0; }
  bool Rare() { return random_() % 10 == 0; }
  std::optional<absl::Duration> Grace() {
    if (Coin()) return std::nullopt;
    return absl::Seconds(random_() % 4);
  }
  void Say(std::string line) { story_.push_back(std::move(line)); }
  void Check(bool promise, const char* broken) {
    if (!promise) ADD_FAILURE() << broken << "\n" << absl::StrJoin(story_, "\n");
  }

  std::mt19937 random_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  std::optional<TaskMachine> machine_;
  std::vector<std::string> story_;
  bool refused_ = false, starting_ = false, launched_ = false, started_ = false,
       main_exited_ = false, tree_gone_ = false;
  bool killed_ = false, ending_ = false, finished_sidecars_ = false, flushed_ = false,
       exited_ = false;
  int terminal_updates_ = 0;
};

TEST(TaskMachineRandomTest, ThePromisesHoldInEveryLife) {
  const uint32_t first = std::random_device()();
  for (uint32_t seed = first; seed != first + 10'000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Life(seed).Live();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace mesos_executor::task
