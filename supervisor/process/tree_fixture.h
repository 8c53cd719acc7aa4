// A task under a real shim, for tests: launches, records what the observer is told, and runs the
// loop until something is true.
#ifndef SUPERVISOR_PROCESS_TREE_FIXTURE_H_
#define SUPERVISOR_PROCESS_TREE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/process_tree.h"

namespace mesos_executor::process {

// The path of a program of //integration/testtasks.
std::string TestTask(const std::string& name);

// The living processes that have `variable` ("NAME=value") in their environment.
std::vector<pid_t> ProcessesWith(const std::string& variable);

class TreeFixture : public testing::Test, protected ProcessTree::Observer {
 protected:
  void SetUp() override;
  // Also proves that no process and no zombie is left.
  void TearDown() override;

  // A spec with the mark in its environment and a pipe to output() as its stdout.
  LaunchSpec Spec(std::vector<std::string> argv);
  LaunchSpec Shell(const std::string& command) { return Spec({"/bin/sh", "-c", command}); }

  // Runs the loop until that is true; ends the test after 60 s.
  void Await(absl::FunctionRef<bool()> condition);
  // The same for what no event tells of: looks every millisecond.
  void AwaitState(absl::FunctionRef<bool()> condition);
  void AwaitEvent(const std::string& event);
  void AwaitReady();
  // Launches, and returns what was written until all processes of the task had closed it.
  std::string OutputOf(LaunchSpec spec);

  // `patience` as ProcessTree has it: by default no test depends on how slow the machine is.
  void UseShim(Shim shim, absl::Duration patience = absl::Seconds(60));
  // A shim as a supervisor without privilege would have it. Only for root.
  void UseShimOfNobody();

  AsioEventLoop loop_;
  std::unique_ptr<ChildReaper> reaper_;
  std::unique_ptr<ProcessTree> tree_;
  pid_t shim_pid_ = 0;
  pid_t main_pid_ = 0;
  // "started", "exec failed: ...", "exited 3", "signalled 9", "shim died", "gone".
  std::vector<std::string> events_;
  std::string mark_;
  std::string output_;
  bool output_closed_ = false;

  void OnMainExited(int wait_status) override;

 private:
  void OnStarted(pid_t main_pid) override;
  void OnExecFailed(const absl::Status& why) override;
  void OnShimDied() override;
  void OnTreeGone() override;

  std::unique_ptr<Pending> watchdog_;
  UniqueFd output_fd_;
  std::unique_ptr<Pending> output_watch_;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_TREE_FIXTURE_H_
