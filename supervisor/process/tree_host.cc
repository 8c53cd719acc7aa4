// The least supervisor there can be, for tests that kill it: `tree_host forked|started CONTAINMENT
// COMMAND...` runs the command under a shim made that way, with its own environment, for ever.
#include <glog/logging.h>
#include <unistd.h>

#include <memory>
#include <string_view>
#include <utility>

#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/containment.h"
#include "supervisor/process/process_tree.h"
#include "supervisor/process/shim.h"

namespace mesos_executor::process {
namespace {

class Silent final : public ProcessTree::Observer {
  void OnStarted(pid_t) override {}
  void OnExecFailed(const absl::Status& why) override { LOG(FATAL) << why; }
  void OnMainExited(int) override {}
  void OnShimDied() override {}
  void OnTreeGone() override {}
};

void Main(int argc, char** argv) {
  absl::StatusOr<Shim> shim = std::string_view(argv[1]) == "started" ? StartShim() : ForkShim();
  CHECK(shim.ok()) << shim.status();
  AsioEventLoop loop;
  absl::StatusOr<std::unique_ptr<ChildReaper>> reaper = ChildReaper::Create(&loop);
  CHECK(reaper.ok()) << reaper.status();
  Silent observer;
  ProcessTree tree(&loop, reaper->get(), *std::move(shim), &observer);
  LaunchSpec spec;
  spec.containment = *ContainmentNamed(argv[2]);
  spec.argv.assign(argv + 3, argv + argc);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    spec.environment.push_back(*variable);
  }
  tree.Launch(std::move(spec));
  loop.Run();
}

}  // namespace
}  // namespace mesos_executor::process

int main(int argc, char** argv) {
  mesos_executor::process::BecomeShimIfStartedAsOne(argc, argv);
  mesos_executor::process::Main(argc, argv);
}
