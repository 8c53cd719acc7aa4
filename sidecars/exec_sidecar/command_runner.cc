#include "sidecars/exec_sidecar/command_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <list>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/exec_sidecar/command_facts.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::exec_sidecar {
namespace {

struct Pipe {
  UniqueFd ours;
  UniqueFd theirs;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  PCHECK(fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) == 0);
  return pipe;
}

std::string Ended(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("killed by signal ", WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : absl::StrCat("exit code ", WEXITSTATUS(status));
}

// Reaps what was killed. One that can't die (in uninterruptible sleep) keeps nobody waiting.
class Reaper {
 public:
  explicit Reaper(EventLoop* loop) : loop_(loop) {}

  void Take(pid_t pid, UniqueFd pidfd) {
    Dying& dying = dying_.emplace_back();
    dying.pidfd = std::move(pidfd);
    dying.end =
        loop_->WatchReadable(dying.pidfd.get(), [this, pid, self = std::prev(dying_.end())] {
          PCHECK(waitpid(pid, nullptr, 0) == pid);
          dying_.erase(self);
        });
  }

 private:
  struct Dying {
    UniqueFd pidfd;
    std::unique_ptr<Pending> end;
  };

  EventLoop* const loop_;
  std::list<Dying> dying_;
};

class Command final : public Pending {
 public:
  Command(EventLoop* loop, Reaper* reaper, absl::AnyInvocable<void(CommandResult)> done)
      : loop_(loop), reaper_(reaper), done_(std::move(done)) {}

  ~Command() override {
    if (!pid_) return;
    kill(-*pid_, SIGKILL);
    watch_end_.reset();
    reaper_->Take(*pid_, std::move(pidfd_));
  }

  void Start(const std::string& command, std::vector<std::string> environment,
             absl::Duration timeout) {
    const absl::Status status = Spawn(command, std::move(environment));
    if (!status.ok()) {
      ending_ = loop_->After(absl::ZeroDuration(),
                             [this, why = status.ToString()] { Finish({.failure = why}); });
      return;
    }
    timer_ = loop_->After(timeout, [this, timeout] {
      too_late_ = absl::StrCat("no end within ", absl::FormatDuration(timeout));
      kill(-*pid_, SIGKILL);
    });
  }

 private:
  absl::Status Spawn(const std::string& command, std::vector<std::string> environment) {
    auto output = MakePipe();
    if (!output.ok()) return output.status();
    auto errors = MakePipe();
    if (!errors.ok()) return errors.status();
    const UniqueFd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const auto pid = mesos_executor::Spawn({.argv = {"/bin/sh", "-c", command},
                                            .environment = std::move(environment),
                                            .stdin_fd = nothing.get(),
                                            .stdout_fd = output->theirs.get(),
                                            .stderr_fd = errors->theirs.get()});
    if (!pid.ok()) return pid.status();
    pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
    if (!pidfd_.valid()) {
      const absl::Status status = absl::ErrnoToStatus(errno, "pidfd_open");
      kill(-*pid, SIGKILL);
      waitpid(*pid, nullptr, 0);
      return status;
    }
    pid_ = *pid;
    output_ = std::move(output->ours);
    errors_ = std::move(errors->ours);
    watch_output_ = loop_->WatchReadable(output_.get(), [this] { ReadOutput(); });
    watch_errors_ = loop_->WatchReadable(errors_.get(), [this] { ReadErrors(); });
    watch_end_ = loop_->WatchReadable(pidfd_.get(), [this] { OnEnd(); });
    return absl::OkStatus();
  }

  // Hands what is there to `take`, a full pipe's worth at most, and stops the watch at the end. A
  // command that floods gets no more than its turn of the loop.
  template <typename Take>
  static void ReadAll(const UniqueFd& fd, std::unique_ptr<Pending>& watch, Take take) {
    char buffer[64 * 1024];
    const ssize_t count = read(fd.get(), buffer, sizeof(buffer));
    if (count > 0) {
      take(absl::string_view(buffer, count));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      watch.reset();
    }
  }

  void ReadOutput() {
    ReadAll(output_, watch_output_, [this](absl::string_view piece) {
      const size_t room = kMaxOutput - result_.output.size();
      result_.cut = result_.cut || piece.size() > room;
      absl::StrAppend(&result_.output, piece.substr(0, room));
    });
  }

  void ReadErrors() {
    ReadAll(errors_, watch_errors_, [this](absl::string_view piece) {
      absl::StrAppend(&result_.errors, piece);
      if (result_.errors.size() > kMaxErrors) {
        result_.errors.erase(0, result_.errors.size() - kMaxErrors);
      }
    });
  }

  void OnEnd() {
    // What it left in its group goes while the number is still the group's: before it is reaped.
    kill(-*pid_, SIGKILL);
    int status = 0;
    PCHECK(waitpid(*pid_, &status, 0) == *pid_);
    pid_.reset();
    ReadOutput();
    ReadErrors();
    result_.failure = too_late_.empty() ? Ended(status) : too_late_;
    Finish(std::move(result_));
  }

  // May destroy this.
  void Finish(CommandResult result) {
    timer_.reset();
    watch_output_.reset();
    watch_errors_.reset();
    watch_end_.reset();
    std::exchange(done_, nullptr)(std::move(result));
  }

  EventLoop* const loop_;
  Reaper* const reaper_;
  absl::AnyInvocable<void(CommandResult)> done_;
  CommandResult result_;
  std::string too_late_;
  // Until it is reaped.
  std::optional<pid_t> pid_;
  UniqueFd pidfd_;
  UniqueFd output_;
  UniqueFd errors_;
  std::unique_ptr<Pending> watch_output_;
  std::unique_ptr<Pending> watch_errors_;
  std::unique_ptr<Pending> watch_end_;
  std::unique_ptr<Pending> timer_;
  std::unique_ptr<Pending> ending_;
};

class ShellRunner final : public CommandRunner {
 public:
  ShellRunner(EventLoop* loop, std::string command)
      : loop_(loop), command_(std::move(command)), reaper_(loop) {}

  std::unique_ptr<Pending> Run(std::vector<std::string> environment, absl::Duration timeout,
                               absl::AnyInvocable<void(CommandResult)> done) override {
    auto command = std::make_unique<Command>(loop_, &reaper_, std::move(done));
    command->Start(command_, std::move(environment), timeout);
    return command;
  }

 private:
  EventLoop* const loop_;
  const std::string command_;
  Reaper reaper_;
};

}  // namespace

std::unique_ptr<CommandRunner> NewShellRunner(EventLoop* loop, std::string command) {
  return std::make_unique<ShellRunner>(loop, std::move(command));
}

}  // namespace mesos_executor::exec_sidecar
