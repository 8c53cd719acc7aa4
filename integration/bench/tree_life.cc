// tree_life PROGRAM: runs it as a check's command is run, under a shim of its own, ends it by
// SIGTERM, and prints two numbers of milliseconds: from the wish to have a shim until the program
// runs, and from SIGTERM until nothing of it is left.
#include <fcntl.h>
#include <glog/logging.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/process_tree.h"
#include "supervisor/process/shim.h"

namespace mesos_executor::bench {
namespace {

class TreeLife final : public process::ProcessTree::Observer {
 public:
  explicit TreeLife(const char* program) {
    absl::StatusOr<std::unique_ptr<process::ChildReaper>> reaper =
        process::ChildReaper::Create(&loop_);
    CHECK(reaper.ok()) << reaper.status();
    reaper_ = *std::move(reaper);
    begun_ = absl::Now();
    absl::StatusOr<process::Shim> shim = process::StartShim();
    CHECK(shim.ok()) << shim.status();
    tree_ = std::make_unique<process::ProcessTree>(&loop_, reaper_.get(), *std::move(shim), this);
    process::LaunchSpec spec;
    spec.argv = {program};
    spec.stdout_fd = UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC));
    tree_->Launch(std::move(spec));
  }

  void Run() { loop_.Run(); }

 private:
  void OnStarted(pid_t) override {
    started_ = absl::Now();
    tree_->Terminate();
  }
  void OnExecFailed(const absl::Status& why) override { LOG(FATAL) << why; }
  void OnMainExited(int) override {}
  void OnShimDied() override { LOG(FATAL) << "the shim died"; }
  void OnTreeGone() override {
    std::printf("%g %g\n", absl::ToDoubleMilliseconds(started_ - begun_),
                absl::ToDoubleMilliseconds(absl::Now() - started_));
    loop_.Stop();
  }

  AsioEventLoop loop_;
  std::unique_ptr<process::ChildReaper> reaper_;
  std::unique_ptr<process::ProcessTree> tree_;
  absl::Time begun_;
  absl::Time started_;
};

}  // namespace
}  // namespace mesos_executor::bench

int main(int argc, char** argv) {
  mesos_executor::process::BecomeShimIfStartedAsOne(argc, argv);
  CHECK_EQ(argc, 2) << "tree_life PROGRAM";
  mesos_executor::bench::TreeLife(argv[1]).Run();
}
