// cgroups(7), and the kernel's Documentation/admin-guide/cgroup-v2.rst.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/descendants.h"
#include "supervisor/process/enclosure.h"
#include "supervisor/process/own_cgroup.h"
#include "supervisor/process/tree_killer.h"

namespace mesos_executor::process {
namespace {

// Below the leaf of a container, Mesos takes any other name for a nested container when it
// recovers, doesn't know it, and aborts (its containerizer/mesos/paths.cpp, cgroups2).
constexpr char kName[] = "/agent";
constexpr char kLeaf[] = "/leaf";

pid_t ForkInto(int cgroup) {
  clone_args arguments = {};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = cgroup;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

// Within these, the cgroups that a task has made go with its own.
constexpr int kMaxDepth = 32;
constexpr int kMaxFolders = 10'000;

// A cgroup with those below it, which go first. False, and errno, if it stays.
bool Remove(const std::string& path, int depth, int& folders) {
  if (rmdir(path.c_str()) == 0) return true;
  if (errno != EBUSY || depth == 0) return false;
  if (const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir); folder) {
    while (const dirent* entry = readdir(folder.get())) {
      const absl::string_view name = entry->d_name;
      if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
      if (folders-- <= 0) break;
      Remove(absl::StrCat(path, "/", name), depth - 1, folders);
    }
  }
  return rmdir(path.c_str()) == 0;
}

class CgroupEnclosure final : public Enclosure {
 public:
  CgroupEnclosure(std::string path, UniqueFd folder, UniqueFd kill)
      : path_(std::move(path)), folder_(std::move(folder)), kill_(std::move(kill)) {}

  pid_t Fork() override { return ForkInto(folder_.get()); }
  void Amend(ExecPlan&) override {}
  void MainEnded() override {}

  absl::Duration Kill() override {
    Strike();
    // A task of root may have left the cgroup, but not its ancestry.
    return killer_.Round(SpareNone);
  }

  void Leave() override {
    // Whoever else was put into it goes too. A process that has been reaped may keep it busy for a
    // moment.
    constexpr int kTries = 100;
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
    int folders = kMaxFolders;
    for (int i = 0; i < kTries && !Remove(path_, kMaxDepth, folders) && errno == EBUSY; ++i) {
      Strike();
      nanosleep(&kPause, nullptr);
    }
  }

 private:
  void Strike() { [[maybe_unused]] const ssize_t written = write(kill_.get(), "1", 1); }

  const std::string path_;
  const UniqueFd folder_;
  // cgroup.kill.
  const UniqueFd kill_;
  TreeKiller killer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Enclosure>> MakeCgroupEnclosure() {
  const absl::StatusOr<std::string> own = OwnCgroup("");
  if (!own.ok()) return own.status();
  if (!absl::EndsWith(*own, kLeaf)) {
    return absl::FailedPreconditionError(
        absl::StrCat("our own cgroup, ", *own, ", is not the leaf of a Mesos container"));
  }
  std::string path = absl::StrCat(*own, kName);
  if (mkdir(path.c_str(), 0755) != 0) return absl::ErrnoToStatus(errno, "mkdir " + path);
  absl::Cleanup remove = [&path] { rmdir(path.c_str()); };

  UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return absl::ErrnoToStatus(errno, "open " + path);
  UniqueFd kill(openat(folder.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  if (!kill.valid()) return absl::ErrnoToStatus(errno, "open " + path + "/cgroup.kill");
  // The one way to know whether a child may be made there.
  const pid_t trial = ForkInto(folder.get());
  if (trial < 0) return absl::ErrnoToStatus(errno, "clone into " + path);
  if (trial == 0) _exit(0);
  waitpid(trial, nullptr, 0);

  std::move(remove).Cancel();
  return std::make_unique<CgroupEnclosure>(std::move(path), std::move(folder), std::move(kill));
}

}  // namespace mesos_executor::process
