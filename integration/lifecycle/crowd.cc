// Many supervisors in one process, each with a connection of its own: `crowd SOCKET COUNT`. Each
// has one task, which becomes healthy; stdout tells "all" when all are attached, "healthy" when all
// have their answer, "none" when the last one has lost the sidecar, and so on. On SIGTERM all tasks
// end, and it says "ended".
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "integration/lifecycle/test_task.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"
#include "supervisor/lifecycle/launch.h"

namespace mesos_executor::lifecycle {
namespace {

// A crowd's daemon is busy, and this isn't about deadlines.
constexpr absl::Duration kLong = absl::Hours(1);

void Tell(const char* word) { std::cout << word << std::endl; }

// Of all together.
struct Tally {
  size_t count;
  size_t attached = 0;
  size_t healthy = 0;
  size_t ended = 0;
};

class Member final : public Sidecars::Observer {
 public:
  Member(AsioEventLoop* loop, const std::string& socket, size_t number, Tally* tally)
      : tally_(*tally) {
    SidecarConfig config;
    config.name = "sidecar";
    config.healthy = kLong;
    config.socket = socket;
    v1::Task task = TestTask(number);
    std::vector<SidecarConfig> configs;
    configs.push_back(std::move(config));
    const auto no_child = [](pid_t, absl::AnyInvocable<void(int)>) -> std::unique_ptr<Pending> {
      return nullptr;
    };
    sidecars_ = LaunchSidecars(loop, std::move(configs), std::move(task), "crowd", no_child, this);
    sidecars_->Ask(v1::HEALTHY, v1::HEALTH_HEALTHY, kLong, [this](PhaseResult) {
      if (++tally_.healthy == tally_.count) Tell("healthy");
    });
  }

  void End(AsioEventLoop* loop) {
    sidecars_->Finish(kLong, [this, loop] {
      if (++tally_.ended < tally_.count) return;
      Tell("ended");
      loop->Stop();
    });
  }

 private:
  void OnSidecarUp(const std::string&, Mode, const std::string&) override {
    attached_ = true;
    if (++tally_.attached == tally_.count) Tell("all");
  }
  void OnSidecarDown(const std::string&, Mode, const std::string&) override {
    // The first attempt may have failed.
    if (!std::exchange(attached_, false)) return;
    if (--tally_.attached == 0) Tell("none");
  }
  void OnSidecarAnswer(const std::string&, v1::Phase, Outcome, absl::Duration,
                       const std::string&) override {}

  Tally& tally_;
  bool attached_ = false;
  std::unique_ptr<Sidecars> sidecars_;
};

int Run(const std::string& socket, size_t count) {
  // Two descriptors a connection.
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;

  AsioEventLoop loop;
  Tally tally = {.count = count};
  std::vector<std::unique_ptr<Member>> members;
  const auto signals = WatchSignals(&loop, {SIGTERM}, [&](int) {
    for (const auto& member : members) member->End(&loop);
  });
  if (!signals.ok()) return 1;
  for (size_t i = 0; i < count; ++i) {
    members.push_back(std::make_unique<Member>(&loop, socket, i, &tally));
  }
  loop.Run();
  return 0;
}

}  // namespace
}  // namespace mesos_executor::lifecycle

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  // Its starter may be killed, and nobody else looks for it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return mesos_executor::lifecycle::Run(argv[1], strtoul(argv[2], nullptr, 10));
}
