#include "supervisor/process/tree_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "supervisor/process/shim_loop.h"

namespace mesos_executor::process {

std::string TestTask(const std::string& name) {
  char* const folder = getcwd(nullptr, 0);
  std::string path = absl::StrCat(folder, "/integration/testtasks/", name);
  free(folder);
  return path;
}

std::vector<pid_t> ProcessesWith(const std::string& variable) {
  std::vector<pid_t> found;
  DIR* const proc = opendir("/proc");
  while (const dirent* entry = readdir(proc)) {
    pid_t pid;
    if (!absl::SimpleAtoi(entry->d_name, &pid)) continue;
    std::ifstream file(absl::StrCat("/proc/", pid, "/environ"));
    const std::string environment((std::istreambuf_iterator<char>(file)), {});
    if (absl::StrContains(absl::StrCat(std::string(1, '\0'), environment),
                          absl::StrCat(std::string(1, '\0'), variable, std::string(1, '\0')))) {
      found.push_back(pid);
    }
  }
  closedir(proc);
  return found;
}

void TreeFixture::SetUp() {
  watchdog_ = loop_.After(absl::Seconds(60), [this] {
    std::string events;
    for (const std::string& event : events_) absl::StrAppend(&events, event, ", ");
    LOG(FATAL) << "watchdog; events: " << events << "output: " << output_;
  });
  static int count = 0;
  mark_ = absl::StrCat("TREE_TEST_MARK=", getpid(), "-", ++count);
  absl::StatusOr<Shim> shim = ForkShim();
  ASSERT_TRUE(shim.ok()) << shim.status();
  UseShim(*std::move(shim));
}

void TreeFixture::UseShim(Shim shim, absl::Duration patience) {
  tree_.reset();
  reaper_.reset();
  absl::StatusOr<std::unique_ptr<ChildReaper>> reaper = ChildReaper::Create(&loop_);
  ASSERT_TRUE(reaper.ok()) << reaper.status();
  reaper_ = *std::move(reaper);
  shim_pid_ = shim.pid;
  tree_ = std::make_unique<ProcessTree>(&loop_, reaper_.get(), std::move(shim),
                                        static_cast<Observer*>(this), patience);
}

void TreeFixture::UseShimOfNobody() {
  constexpr uid_t kNobody = 65534;
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd ours(ends[0]), shims(ends[1]);
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    CHECK_EQ(setresgid(kNobody, kNobody, kNobody), 0);
    CHECK_EQ(setresuid(kNobody, kNobody, kNobody), 0);
    RunShim(std::move(shims), supervisor);
  }
  UseShim({pid, std::move(ours)});
}

void TreeFixture::TearDown() {
  // The loop's watchdog doesn't count any more: SIGALRM ends the test program.
  alarm(60);
  tree_.reset();
  reaper_.reset();
  // The shim ends by itself when the tree is gone, or was never there.
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_EQ(errno, ECHILD);
  alarm(0);
  EXPECT_EQ(ProcessesWith(mark_), std::vector<pid_t>());
}

LaunchSpec TreeFixture::Spec(std::vector<std::string> argv) {
  int ends[2];
  CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
  output_fd_ = UniqueFd(ends[0]);
  output_watch_ = loop_.WatchReadable(output_fd_.get(), [this] {
    char buffer[4096];
    const ssize_t got = read(output_fd_.get(), buffer, sizeof(buffer));
    if (got > 0) {
      output_.append(buffer, got);
    } else {
      output_closed_ = true;
      output_watch_.reset();
    }
  });
  LaunchSpec spec;
  spec.argv = std::move(argv);
  spec.environment = {"PATH=/usr/bin:/bin", mark_};
  spec.stdout_fd = UniqueFd(ends[1]);
  return spec;
}

void TreeFixture::Await(absl::FunctionRef<bool()> condition) {
  while (!condition()) loop_.io_context().run_one();
}

void TreeFixture::AwaitState(absl::FunctionRef<bool()> condition) {
  std::unique_ptr<Pending> timer;
  Await([&] {
    timer = loop_.After(absl::Milliseconds(1), [] {});
    return condition();
  });
}

void TreeFixture::AwaitEvent(const std::string& event) {
  Await([&] { return std::find(events_.begin(), events_.end(), event) != events_.end(); });
}

void TreeFixture::AwaitReady() {
  Await([&] { return absl::StrContains(output_, "ready\n"); });
}

std::string TreeFixture::OutputOf(LaunchSpec spec) {
  tree_->Launch(std::move(spec));
  Await([&] { return output_closed_; });
  AwaitEvent("gone");
  return output_;
}

void TreeFixture::OnStarted(pid_t main_pid) {
  main_pid_ = main_pid;
  events_.push_back("started");
}

void TreeFixture::OnExecFailed(const absl::Status& why) {
  events_.push_back(absl::StrCat("exec failed: ", why.message()));
}

void TreeFixture::OnMainExited(int wait_status) {
  events_.push_back(WIFEXITED(wait_status) ? absl::StrCat("exited ", WEXITSTATUS(wait_status))
                                           : absl::StrCat("signalled ", WTERMSIG(wait_status)));
}

void TreeFixture::OnShimDied() { events_.push_back("shim died"); }

void TreeFixture::OnTreeGone() { events_.push_back("gone"); }

}  // namespace mesos_executor::process
