#include "integration/lifecycle/scale.h"

#include <glog/logging.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/scenarios/eventually.h"

namespace mesos_executor::lifecycle {
namespace {

using sidecar::SidecarProcess;

class Folder {
 public:
  Folder() {
    std::string path = "/tmp/scale.XXXXXX";
    PCHECK(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A number behind "name:" in /proc/PID/status, which anybody may read (proc(5)).
double StatusOf(pid_t pid, const std::string& name) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  double value = 0;
  for (std::string word; status >> word;) {
    if (word == name + ":" && status >> value) break;
  }
  return value;
}

// When it came; InfiniteFuture if it didn't.
std::future<absl::Time> AwaitLine(SidecarProcess* process, const std::string& line) {
  return std::async(std::launch::async, [process, line] {
    return process->WaitForLine(line) ? absl::Now() : absl::InfiniteFuture();
  });
}

absl::Status Stuck(const char* step) {
  return absl::DeadlineExceededError(absl::StrCat("a minute without news: ", step));
}

}  // namespace

absl::StatusOr<ScaleResult> RunScale(ObservedSidecar* sidecar, size_t supervisors) {
  const Folder folder;
  const std::string socket = folder.path() + "/s.sock";
  const auto start = [&] {
    return RunObserved(
        *sidecar, {"--socket", socket, "--state-dir", folder.path() + "/state", "--lease", "10m"});
  };
  const auto has_socket = [&] { return std::filesystem::exists(socket); };

  ScaleResult result;
  auto daemon = start();
  if (!Eventually(has_socket)) return Stuck("the sidecar serves");
  result.empty_mb = StatusOf(daemon->pid(), "VmRSS") / 1024;
  absl::Time begun = absl::Now();
  SidecarProcess crowd({"integration/lifecycle/crowd", socket, absl::StrCat(supervisors)}, {});
  // Side by side, as neither speaks on while it isn't read.
  std::future<absl::Time> all = AwaitLine(&crowd, "all");
  if (!sidecar->AwaitDone(daemon.get(), supervisors)) return Stuck("work for all tasks");
  result.done = absl::Now() - begun;
  result.attached = all.get() - begun;
  if (result.attached == absl::InfiniteDuration()) return Stuck("all supervisors attach");
  result.peak_mb = StatusOf(daemon->pid(), "VmHWM") / 1024;
  result.threads = static_cast<int>(StatusOf(daemon->pid(), "Threads"));

  daemon->Kill(SIGKILL);
  if (!crowd.WaitForLine("none")) return Stuck("all supervisors see the sidecar die");
  daemon->Wait();
  sidecar->Forget();
  begun = absl::Now();
  daemon = start();
  all = AwaitLine(&crowd, "all");
  if (!sidecar->AwaitDone(daemon.get(), supervisors)) return Stuck("work for all tasks, again");
  result.done_again = absl::Now() - begun;
  result.attached_again = all.get() - begun;
  result.peak_mb = std::max(result.peak_mb, StatusOf(daemon->pid(), "VmHWM") / 1024);

  if (result.attached_again == absl::InfiniteDuration()) return Stuck("all attach again");
  begun = absl::Now();
  crowd.Kill(SIGKILL);
  if (!sidecar->AwaitUndone(daemon.get(), supervisors)) return Stuck("all is undone");
  result.undone = absl::Now() - begun;
  return result;
}

}  // namespace mesos_executor::lifecycle
