#include "supervisor/check_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/process_tree.h"
#include "supervisor/process/shim.h"

namespace mesos_executor {
namespace {

// A command that can't be killed (in state D) must not become one more at each interval.
constexpr int kMostDying = 8;

std::vector<std::string> With(std::vector<std::string> environment,
                              const std::vector<std::pair<std::string, std::string>>& additions) {
  for (const auto& [name, value] : additions) {
    const std::string start = absl::StrCat(name, "=");
    std::erase_if(environment,
                  [&](const std::string& variable) { return absl::StartsWith(variable, start); });
    environment.push_back(absl::StrCat(start, value));
  }
  return environment;
}

}  // namespace

// One command, until its last process has gone.
class CheckCommands::Running final : private process::ProcessTree::Observer {
 public:
  Running(EventLoop* loop, Done done, absl::AnyInvocable<void()> ended)
      : loop_(loop), done_(std::move(done)), ended_(std::move(ended)) {}

  void Launch(process::ChildReaper* reaper, process::Shim shim, process::LaunchSpec spec) {
    process::ProcessTree::Observer* const observer = this;
    tree_.emplace(loop_, reaper, std::move(shim), observer);
    tree_->Launch(std::move(spec));
  }

  void Fail(absl::Status why) {
    result_ = std::move(why);
    End();
  }

  void Kill() {
    done_ = nullptr;
    if (tree_) tree_->Kill();
  }

  bool killed() const { return done_ == nullptr; }
  std::vector<std::string> Survivors() const {
    return tree_ ? tree_->Survivors() : std::vector<std::string>();
  }

  // For Ended.
  Done TakeDone() { return std::move(done_); }
  const absl::StatusOr<int>& result() const { return result_; }

 private:
  void OnStarted(pid_t) override {}
  void OnExecFailed(const absl::Status& why) override { result_ = why; }
  void OnMainExited(int wait_status) override {
    result_ = wait_status;
    tree_->Kill();
  }
  void OnShimDied() override {}
  void OnTreeGone() override { End(); }

  // Not at once: this is no place to destroy the tree.
  void End() { end_ = loop_->After(absl::ZeroDuration(), std::move(ended_)); }

  EventLoop* const loop_;
  Done done_;
  absl::AnyInvocable<void()> ended_;
  absl::StatusOr<int> result_ = absl::AbortedError("its shim died");
  std::unique_ptr<Pending> end_;
  std::optional<process::ProcessTree> tree_;
};

class CheckCommands::Handle final : public Pending {
 public:
  Handle(CheckCommands* commands, int64_t id) : commands_(commands), id_(id) {}
  ~Handle() override { commands_->Cancel(id_); }

 private:
  CheckCommands* const commands_;
  const int64_t id_;
};

CheckCommands::CheckCommands(EventLoop* loop, process::ChildReaper* reaper,
                             Surroundings surroundings, absl::AnyInvocable<void()> none_left)
    : loop_(loop),
      reaper_(reaper),
      surroundings_(std::move(surroundings)),
      none_left_(std::move(none_left)) {}

CheckCommands::~CheckCommands() = default;

std::unique_ptr<Pending> CheckCommands::Run(const health::CheckCommand& command, Done done) {
  const int64_t id = next_id_++;
  auto running = std::make_unique<Running>(loop_, std::move(done), [this, id] { Ended(id); });
  const absl::Status started = Start(command, running.get());
  if (!started.ok()) running->Fail(started);
  running_[id] = std::move(running);
  return std::make_unique<Handle>(this, id);
}

absl::Status CheckCommands::Start(const health::CheckCommand& command, Running* running) {
  const auto dying = std::count_if(running_.begin(), running_.end(),
                                   [](const auto& entry) { return entry.second->killed(); });
  if (dying >= kMostDying) {
    return absl::ResourceExhaustedError(
        absl::StrCat("not started, as ", dying, " earlier commands were killed and won't go"));
  }
  UniqueFd output(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!output.valid()) return absl::ErrnoToStatus(errno, "duplicate stderr");
  absl::StatusOr<process::Shim> shim = process::StartShim();
  if (!shim.ok()) return shim.status();
  running->Launch(reaper_, *std::move(shim),
                  {.argv = command.argv,
                   .program = command.program,
                   .environment = With(surroundings_.environment, command.environment),
                   .user = surroundings_.user,
                   .stdout_fd = std::move(output)});
  return absl::OkStatus();
}

std::vector<std::string> CheckCommands::Survivors() const {
  std::vector<std::string> all;
  for (const auto& [id, running] : running_) {
    for (std::string& survivor : running->Survivors()) all.push_back(std::move(survivor));
  }
  return all;
}

void CheckCommands::Cancel(int64_t id) {
  const auto found = running_.find(id);
  if (found != running_.end()) found->second->Kill();
}

void CheckCommands::Ended(int64_t id) {
  auto running = std::move(running_.extract(id).mapped());
  Done done = running->TakeDone();
  const absl::StatusOr<int> result = running->result();
  running.reset();
  // It may run the next one.
  if (done) done(result);
  if (running_.empty()) none_left_();
}

}  // namespace mesos_executor
