#include "integration/scenarios/test_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/own_cgroup.h"

namespace mesos_executor {
namespace {

bool TryWrite(const std::string& path, absl::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.valid() &&
         write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// A cgroup and those below it, each before what is below it.
std::vector<std::string> Folders(const std::string& root) {
  std::vector<std::string> folders = {root};
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(root, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error)) folders.push_back(entry->path());
  }
  return folders;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestCgroup>> TestCgroup::Create(absl::string_view hierarchy) {
  const absl::StatusOr<std::string> home =
      process::OwnCgroup(hierarchy == "unified" ? "" : hierarchy);
  if (!home.ok()) return home.status();
  static std::atomic<int> count = 0;
  const std::string root = absl::StrCat(*home, "/scenario-", getpid(), "-", ++count);
  for (const std::string& path : {root, root + "/leaf"}) {
    if (mkdir(path.c_str(), 0755) != 0) return absl::ErrnoToStatus(errno, "mkdir " + path);
  }
  return std::unique_ptr<TestCgroup>(new TestCgroup(*home, root));
}

bool TestCgroup::MayBeMade(absl::string_view hierarchy) {
  const absl::StatusOr<std::unique_ptr<TestCgroup>> cgroup = Create(hierarchy);
  if (!cgroup.ok()) {
    LOG(WARNING) << cgroup.status().message();
    return false;
  }
  const std::string self = absl::StrCat(getpid());
  return TryWrite((*cgroup)->path_ + "/cgroup.procs", self) &&
         TryWrite((*cgroup)->home_ + "/cgroup.procs", self);
}

TestCgroup::~TestCgroup() {
  KillAll();
  // What has just ended may still count.
  CHECK(Eventually([this] {
    const std::vector<std::string> folders = Folders(root_);
    return std::all_of(folders.rbegin(), folders.rend(),
                       [](const std::string& folder) { return rmdir(folder.c_str()) == 0; });
  })) << root_;
}

void TestCgroup::Write(absl::string_view file, absl::string_view text) {
  PCHECK(TryWrite(absl::StrCat(path_, "/", file), text)) << path_ << "/" << file;
}

std::vector<pid_t> TestCgroup::Processes() const {
  std::vector<pid_t> processes;
  for (const std::string& folder : Folders(root_)) {
    std::ifstream file(folder + "/cgroup.procs");
    for (pid_t pid; file >> pid;) processes.push_back(pid);
  }
  return processes;
}

void TestCgroup::KillAll() {
  TryWrite(path_ + "/freezer.state", "THAWED");
  CHECK(Eventually([this] {
    // All at once, so that no fork is missed (Linux 5.14, v2).
    if (TryWrite(root_ + "/cgroup.kill", "1")) return Processes().empty();
    for (const pid_t pid : Processes()) kill(pid, SIGKILL);
    return Processes().empty();
  })) << "something in "
      << root_ << " can't be killed";
}

TestCgroup::Inside::Inside(TestCgroup& cgroup) : home_(cgroup.home_) {
  cgroup.Write("cgroup.procs", absl::StrCat(getpid()));
}

TestCgroup::Inside::~Inside() {
  PCHECK(TryWrite(home_ + "/cgroup.procs", absl::StrCat(getpid()))) << home_;
}

}  // namespace mesos_executor
