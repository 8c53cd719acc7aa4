// Sidecars that are launched for real, on a real loop: for tests.
#ifndef SUPERVISOR_LIFECYCLE_LAUNCH_FIXTURE_H_
#define SUPERVISOR_LIFECYCLE_LAUNCH_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/lifecycle/launch.h"
#include "supervisor/lifecycle/test_daemon.h"

namespace mesos_executor::lifecycle {

// A deadline that no test meets.
inline constexpr absl::Duration kLong = absl::Seconds(60);

class LaunchFixture : public ::testing::Test, private Sidecars::Observer {
 protected:
  LaunchFixture() {
    alarm(60);  // A test that hangs says so by dying.
    char path[] = "/tmp/lifecycle.XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~LaunchFixture() override {
    sidecars_.reset();
    std::filesystem::remove_all(folder_);
    alarm(0);
  }

  std::string Socket(const std::string& name = "a") const { return folder_ + "/" + name + ".sock"; }

  SidecarConfig Config(const std::string& name = "a") const {
    SidecarConfig config;
    config.name = name;
    config.before_start = config.healthy = config.before_terminate = kLong;
    config.socket = Socket(name);
    return config;
  }

  void Launch(std::vector<SidecarConfig> configs) {
    v1::Task task;
    task.set_task_id("t");
    sidecars_ = LaunchSidecars(
        &loop_, std::move(configs), task, "incarnation",
        [this](pid_t pid, absl::AnyInvocable<void(int)> exited) {
          return Watch(pid, std::move(exited));
        },
        this, spools_);
  }

  std::unique_ptr<TestDaemon> Daemon(Behaviour behaviour, const std::string& name = "a") {
    return std::make_unique<TestDaemon>(Socket(name), std::move(behaviour), [this] { Look(); });
  }

  // A socket of this name to which nobody attends.
  UniqueFd BoundSocket() const {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {AF_UNIX, {}};
    Socket().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return socket;
  }

  // Runs the loop until `condition` holds; it is looked at whenever something has happened.
  void RunUntil(std::function<bool()> condition) {
    condition_ = std::move(condition);
    Look();
    loop_.io_context().restart();
    loop_.Run();
  }

  PhaseResult AskAndWait(v1::Phase phase) {
    std::optional<PhaseResult> result;
    sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, kLong, [&](PhaseResult r) {
      result = std::move(r);
      Look();
    });
    RunUntil([&] { return result.has_value(); });
    return *result;
  }

  void FinishAndWait() {
    bool finished = false;
    sidecars_->Finish(kLong, [&] {
      finished = true;
      Look();
    });
    RunUntil([&] { return finished; });
  }

  // From any thread.
  void Look() {
    loop_.Post([this] {
      if (condition_ == nullptr || !condition_()) return;
      condition_ = nullptr;
      loop_.Stop();
    });
  }

  size_t Count(const std::string& event) const {
    return std::count(events_.begin(), events_.end(), event);
  }

  AsioEventLoop loop_;
  std::string folder_;
  std::vector<std::string> events_;
  std::vector<std::string> whys_;
  std::vector<pid_t> children_;
  std::unique_ptr<Sidecars> sidecars_;
  // For private sidecars that take spools.
  SpoolSource spools_;

 private:
  void OnSidecarUp(const std::string& name, Mode mode, const std::string& version) override {
    events_.push_back("up " + name + " " + version + (mode == Mode::kPrivate ? " private" : ""));
    Look();
  }
  void OnSidecarDown(const std::string& name, Mode mode, const std::string& why) override {
    events_.push_back((mode == Mode::kAbsent ? "absent " : "down ") + name);
    whys_.push_back(why);
    Look();
  }
  void OnSidecarAnswer(const std::string& name, v1::Phase phase, Outcome outcome, absl::Duration,
                       const std::string&) override {
    events_.push_back(std::string(PhaseName(phase)) + " " + name + " " +
                      std::string(OutcomeName(outcome)));
    Look();
  }

  struct Child : Pending {
    UniqueFd pidfd;
    std::unique_ptr<Pending> watch;
  };
  std::unique_ptr<Pending> Watch(pid_t pid, absl::AnyInvocable<void(int)> exited) {
    children_.push_back(pid);
    auto child = std::make_unique<Child>();
    child->pidfd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    child->watch =
        loop_.WatchReadable(child->pidfd.get(), [this, pid, exited = std::move(exited)]() mutable {
          int status = 0;
          waitpid(pid, &status, 0);
          Look();
          exited(status);
        });
    return child;
  }

  std::function<bool()> condition_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_LAUNCH_FIXTURE_H_
