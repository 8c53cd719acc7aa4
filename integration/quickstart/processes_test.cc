#include "integration/quickstart/processes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::quickstart {
namespace {

constexpr char kMark[] = "QUICKSTART_MARK=processes_test";

// Starts a shell that runs `script`, and returns once it has written a line to its stdout.
void StartAndAwaitLine(const std::string& script, const std::string& variable) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const auto pid = Spawn({.argv = {"/bin/sh", "-c", script},
                          .environment = {"PATH=/usr/bin:/bin", variable},
                          .stdout_fd = write_end.get()});
  ASSERT_TRUE(pid.ok()) << pid.status();
  char byte;
  ASSERT_EQ(read(read_end.get(), &byte, 1), 1);
}

TEST(ProcessesTest, AGrandchildWithoutParentsAndMarkIsSeenAndEnded) {
  AdoptOrphans();
  ASSERT_EQ(LiveProcesses(kMark).size(), 0u);
  StartAndAwaitLine("setsid sh -c 'echo; exec sleep 1000' & exec env -i sleep 1000", "OTHER=1");
  const std::vector<Process> live = LiveProcesses(kMark);
  EXPECT_EQ(live.size(), 2u);
  KillAll(kMark);
  EXPECT_EQ(LiveProcesses(kMark).size(), 0u);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
}

TEST(ProcessesTest, AnUnreapedDeadProcessIsNotAlive) {
  const auto pid = Spawn({.argv = {"/bin/true"}, .environment = {kMark}});
  ASSERT_TRUE(pid.ok()) << pid.status();
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(*pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(LiveProcesses(kMark).size(), 0u);
  ASSERT_EQ(waitpid(*pid, nullptr, 0), *pid);
}

TEST(ProcessesTest, AProcessSaysItsNameAndPid) {
  EXPECT_EQ((Process{.pid = 7, .parent = 1, .name = "a b"}.Text()), "a b 7");
}

}  // namespace
}  // namespace mesos_executor::quickstart
