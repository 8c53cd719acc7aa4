#include "supervisor/task_processes.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/process/containment.h"
#include "supervisor/task/wait_status.h"

namespace mesos_executor {
namespace {

// For people: the first few, and how many more.
std::string ShortList(const std::vector<std::string>& all) {
  constexpr size_t kMost = 8;
  const size_t shown = std::min(all.size(), kMost);
  std::string text = absl::StrJoin(all.begin(), all.begin() + shown, ", ");
  if (shown < all.size()) absl::StrAppend(&text, " and ", all.size() - shown, " more");
  return text;
}

}  // namespace

TaskProcesses::TaskProcesses(EventLoop* loop, process::ChildReaper* reaper, process::Shim shim,
                             const Configuration* configuration, Recorder* recorder,
                             absl::AnyInvocable<void(task::Input)> feed)
    : loop_(loop),
      reaper_(reaper),
      configuration_(configuration),
      recorder_(recorder),
      feed_(std::move(feed)),
      tree_(loop, reaper, std::move(shim), this) {}

void TaskProcesses::Launch(const TaskPlan& plan, std::vector<std::string> environment,
                           spool::TaskOutput output) {
  // What is killed from here on may be the task's.
  oom_watch_ = process::OomWatch::Open();
  commands_.emplace(
      loop_, reaper_,
      CheckCommands::Surroundings{.environment = environment, .user = plan.command.user},
      [this] { FeedIfGone(); });
  tree_.Launch({.argv = plan.command.argv,
                .program = plan.command.program,
                .environment = std::move(environment),
                .user = plan.command.user,
                .limits = plan.limits,
                .sigterm_exclusions = configuration_->sigterm_exclusions,
                .containment = configuration_->containment,
                .stdout_fd = std::move(output.out),
                .stderr_fd = std::move(output.err)});
}

// To signal comes first: a large tree takes its time to list.

void TaskProcesses::Terminate() {
  tree_.Terminate();
  RecordSignal("terminate", "SIGTERM");
}

void TaskProcesses::Kill() {
  tree_.Kill();
  RecordSignal("kill", "SIGKILL");
}

void TaskProcesses::RecordSignal(const char* name, const char* signal) {
  const std::vector<std::string> processes = tree_.Survivors();
  if (!processes.empty()) {
    Record(name, absl::StrCat(signal, " to ", ShortList(processes)));
  } else if (!main_exited_) {
    Record(name, signal);
  }
  // Else the task ended by itself and left nothing behind.
}

task::DeadlineReached TaskProcesses::Survivors() const {
  std::vector<std::string> survivors = tree_.Survivors();
  for (std::string& process : commands_->Survivors()) survivors.push_back(std::move(process));
  return {.survivors = std::move(survivors),
          .held_by = std::string(process::ContainmentName(tree_.containment().used))};
}

void TaskProcesses::OnStarted(pid_t main_pid) {
  const process::ContainmentOutcome& containment = tree_.containment();
  const std::string held_by(process::ContainmentName(containment.used));
  LOG(INFO) << "The task's processes are held together by " << held_by;
  if (!containment.why_not.empty()) {
    LOG(WARNING) << "Not by " << process::ContainmentName(configuration_->containment)
                 << ", as was asked for: " << containment.why_not;
  }
  Record("started", absl::StrCat("pid ", main_pid, ", held by ", held_by));
  feed_(task::Started{});
}

void TaskProcesses::OnExecFailed(const absl::Status& why) {
  main_exited_ = true;
  Record("not started", std::string(why.message()));
  feed_(task::LaunchFailed{std::string(why.message())});
}

void TaskProcesses::OnMainExited(int wait_status) {
  main_exited_ = true;
  Record("exited", task::DescribeWaitStatus(wait_status));
  feed_(task::MainExited{.wait_status = wait_status, .oom_kills = oom_watch_->Kills()});
}

void TaskProcesses::OnShimDied() {
  LOG(ERROR) << "The shim died; killing all that is left of the task";
  Record("shim died");
  feed_(task::ShimDied{});
}

void TaskProcesses::OnTreeGone() {
  tree_gone_ = true;
  Record("gone");
  FeedIfGone();
}

void TaskProcesses::FeedIfGone() {
  if (tree_gone_ && commands_->empty()) feed_(task::TreeGone{});
}

void TaskProcesses::Record(const char* name, std::string message) {
  recorder_->Add({.kind = TimelineKind::kProcess, .name = name, .message = std::move(message)});
}

}  // namespace mesos_executor
