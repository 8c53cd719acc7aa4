#include "supervisor/base/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

class SubprocessTest : public testing::Test {
 protected:
  // The watchdog: SIGALRM ends the test program.
  void SetUp() override {
    alarm(60);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
  }
  void TearDown() override { alarm(0); }

  SubprocessSpec Shell(const std::string& command) {
    return {.argv = {"/bin/sh", "-c", command},
            .environment = {"PATH=/usr/bin:/bin"},
            .stdout_fd = writer_.get()};
  }

  std::string OutputOf(const SubprocessSpec& spec) {
    const absl::StatusOr<pid_t> pid = Spawn(spec);
    EXPECT_TRUE(pid.ok()) << pid.status();
    writer_.Reset();
    std::string output;
    char buffer[4096];
    for (ssize_t got; (got = read(reader_.get(), buffer, sizeof(buffer))) > 0;) {
      output.append(buffer, got);
    }
    EXPECT_EQ(waitpid(*pid, nullptr, 0), *pid);
    return output;
  }

  UniqueFd reader_, writer_;
};

TEST_F(SubprocessTest, RunsWithTheGivenArgumentsEnvironmentAndFolder) {
  SubprocessSpec spec = Shell("echo $0 $A; pwd");
  spec.argv.push_back("zero");
  spec.environment.push_back("A=1");
  spec.working_directory = "/usr/bin";
  EXPECT_EQ(OutputOf(spec), "zero 1\n/usr/bin\n");
}

TEST_F(SubprocessTest, DescriptorsBecomeThreeAndUpAndNothingElseIsOpen) {
  int ends[2];
  // Not closed on exec.
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  ASSERT_EQ(write(writer.get(), "from the pipe\n", 14), 14);
  writer.Reset();
  // Whatever their numbers are here: each would be overwritten by the other if they were not copied
  // first.
  UniqueFd file(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  SubprocessSpec spec = Shell("ls /proc/$$/fd; readlink /proc/$$/fd/3; cat <&4");
  spec.descriptors = {file.get(), reader.get()};
  EXPECT_EQ(OutputOf(spec), "0\n1\n2\n3\n4\n/etc/passwd\nfrom the pipe\n");
}

TEST_F(SubprocessTest, LeadsASessionOfItsOwnWithNoSignalBlocked) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const std::string output =
      OutputOf(Shell("read pid name state parent group session rest < /proc/self/stat;"
                     "[ $pid = $group ] && [ $pid = $session ] && echo leader;"
                     "exec grep SigBlk /proc/self/status"));
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(output, "leader\nSigBlk:\t0000000000000000\n");
}

TEST_F(SubprocessTest, AProgramThatDoesNotExistIsNamed) {
  EXPECT_EQ(Spawn({.argv = {"/no/such"}}).status(), absl::ErrnoToStatus(ENOENT, "spawn /no/such"));
  EXPECT_EQ(waitpid(-1, nullptr, 0), -1) << "a zombie is left";
}

TEST_F(SubprocessTest, ADescriptorThatIsNotOpenIsAnError) {
  SubprocessSpec spec = Shell("exit 0");
  spec.descriptors = {1000};
  EXPECT_EQ(Spawn(spec).status(), absl::ErrnoToStatus(EBADF, "spawn /bin/sh"));
}

TEST_F(SubprocessTest, ANulByteIsRefused) {
  SubprocessSpec spec = Shell("exit 0");
  spec.environment.push_back(std::string("A=\0", 3));
  EXPECT_EQ(Spawn(spec).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor
