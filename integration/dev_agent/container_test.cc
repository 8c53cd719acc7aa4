// What the agent does to an executor's processes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/wire_executor.h"

namespace mesos_executor::dev_agent {
namespace {

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ContainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Not TEST_TMPDIR: that may lie where only we can go, and an executor may be another user's.
    std::string sandbox = "/tmp/container_test.XXXXXX";
    ASSERT_NE(mkdtemp(sandbox.data()), nullptr);
    launch_ = NewLaunch("task", sandbox);
    launch_.executor.mutable_command()->set_shell(true);
    auto agent = DevAgent::Start();
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
  }

  void TearDown() override {
    agent_.reset();
    std::filesystem::remove_all(launch_.sandbox);
  }

  // The executor is a shell script.
  void LaunchScript(const std::string& script) {
    launch_.executor.mutable_command()->set_value(script);
    const absl::Status status = agent_->Launch(launch_);
    ASSERT_TRUE(status.ok()) << status;
  }

  // A pid that the script wrote to the pipe PIPE.
  static pid_t ReadPid(const std::string& pipe) {
    pid_t pid = 0;
    std::ifstream(pipe) >> pid;
    return pid;
  }

  std::string MakePipe(const std::string& name) {
    const std::string path = launch_.sandbox + "/" + name;
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  static bool Alive(pid_t pid) { return kill(pid, 0) == 0; }

  ExecutorLaunch launch_;
  std::unique_ptr<DevAgent> agent_;
};

TEST_F(ContainerTest, TheExecutorRunsInItsSandboxWithItsEnvironmentAndIsNoLeader) {
  SetVariable("GREETING", "hello", &launch_);
  ASSERT_NO_FATAL_FAILURE(LaunchScript(
      "pwd; echo $GREETING $MESOS_AGENT_ENDPOINT; tr '\\0' '\\n' < /proc/self/environ | sort > "
      "env; "
      "ls -l /proc/$$/fd > fds; cut -d' ' -f1,4,5,6 /proc/$$/stat; echo oops >&2; exit 7"));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_EQ(agent_->executor_wait_status(), 1792);
  std::istringstream out(FileText(launch_.sandbox + "/stdout"));
  std::string directory, greeting, endpoint;
  int pid = 0, parent = 0, group = 0, session = 0;
  out >> directory >> greeting >> endpoint >> pid >> parent >> group >> session;
  EXPECT_EQ(std::filesystem::canonical(launch_.sandbox), directory);
  EXPECT_EQ(greeting, "hello");
  EXPECT_EQ(endpoint, agent_->endpoint());
  EXPECT_EQ(pid, agent_->executor_pid());
  EXPECT_EQ(parent, group);
  EXPECT_EQ(parent, session);
  EXPECT_NE(session, getsid(0));
  EXPECT_EQ(FileText(launch_.sandbox + "/stderr"), "oops\n");
  // Nothing of ours is open in the executor: 0, 1, 2, and the shell's own for the redirection of
  // ls.
  EXPECT_EQ(FileText(launch_.sandbox + "/fds").find("socket:"), std::string::npos);
  EXPECT_EQ(FileText(launch_.sandbox + "/env").find("TEST_TMPDIR"), std::string::npos);
}

TEST_F(ContainerTest, AnExecutorThatEndsWithoutAnUpdateFailsItsTask) {
  ASSERT_NO_FATAL_FAILURE(LaunchScript("exit 0"));
  ASSERT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_FAILED));
  EXPECT_EQ(agent_->updates()[0].reason(), mesos::v1::TaskStatus::REASON_EXECUTOR_TERMINATED);
}

TEST_F(ContainerTest, WhatTheExecutorLeavesBehindIsKilled) {
  const std::string pid_pipe = MakePipe("pid");
  const std::string go_pipe = MakePipe("go");
  // Double-forked, in a session of its own.
  ASSERT_NO_FATAL_FAILURE(
      LaunchScript("(setsid sh -c 'echo $$ > pid; exec sleep 600' &); read x < go"));
  const pid_t orphan = ReadPid(pid_pipe);
  ASSERT_GT(orphan, 0);
  EXPECT_TRUE(Alive(orphan));
  std::ofstream(go_pipe) << "now\n";
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_FALSE(Alive(orphan));
}

TEST_F(ContainerTest, WithoutContainerDestroyWhatIsLeftLivesOn) {
  const std::string pipe = MakePipe("pid");
  launch_.container_destroy = false;
  ASSERT_NO_FATAL_FAILURE(LaunchScript("(setsid sh -c 'exec sleep 600' & echo $! > pid); exit 0"));
  const pid_t orphan = ReadPid(pipe);
  ASSERT_GT(orphan, 0);
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kExecutorExited));
  agent_.reset();
  EXPECT_TRUE(Alive(orphan));
  kill(orphan, SIGKILL);
}

TEST_F(ContainerTest, TheEndOfTheAgentIsTheEndOfTheContainer) {
  const std::string pipe = MakePipe("pid");
  ASSERT_NO_FATAL_FAILURE(
      LaunchScript("trap '' TERM HUP INT; setsid sleep 600 & echo $! > pid; wait; sleep 600"));
  const pid_t pid = ReadPid(pipe);
  ASSERT_GT(pid, 0);
  // The script may be quicker than the word of its start.
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kExecutorStarted));
  const pid_t executor = agent_->executor_pid();
  agent_.reset();
  EXPECT_FALSE(Alive(pid));
  EXPECT_FALSE(Alive(executor));
}

TEST_F(ContainerTest, AnExecutorThatOverrunsItsShutdownIsKilledAfterTheGracePeriod) {
  const std::string pipe = MakePipe("pid");
  launch_.shutdown_grace = absl::Milliseconds(200);
  ASSERT_NO_FATAL_FAILURE(LaunchScript("trap '' TERM; echo $$ > pid; while :; do sleep 1; done"));
  ReadPid(pipe);
  agent_->Shutdown();
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_EQ(agent_->executor_wait_status(), SIGKILL);
  EXPECT_EQ(agent_->updates().back().message(), "Executor terminated");
}

TEST_F(ContainerTest, AnExecutorThatNeverSubscribesIsKilled) {
  launch_.registration_timeout = absl::Milliseconds(100);
  ASSERT_NO_FATAL_FAILURE(LaunchScript("sleep 600"));
  ASSERT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_FAILED));
  EXPECT_EQ(agent_->updates()[0].reason(),
            mesos::v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT);
  EXPECT_EQ(agent_->updates()[0].message(), "Executor did not register within 100ms");
}

TEST_F(ContainerTest, AnExecutorThatDoesNotSubscribeAgainAfterARestartIsDestroyedAndItsTaskGone) {
  launch_.framework.set_checkpoint(true);
  ASSERT_NO_FATAL_FAILURE(LaunchScript("exec sleep 600"));
  // It speaks through the test, and then no more.
  mesos::v1::executor::Call subscribe;
  subscribe.set_type(mesos::v1::executor::Call::SUBSCRIBE);
  *subscribe.mutable_executor_id() = launch_.executor.executor_id();
  *subscribe.mutable_framework_id() = launch_.framework.id();
  subscribe.mutable_subscribe();
  WireStream stream(agent_->port(), subscribe, MediaType::kProtobuf);
  ASSERT_TRUE(stream.Next() && stream.Next());
  agent_->InjectFaults({*ParseFault("at=0s restart=down:1ms,window:25ms,recovery:0s")});
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_EQ(agent_->executor_wait_status(), SIGKILL);
  const mesos::v1::TaskStatus gone = agent_->updates().back();
  EXPECT_EQ(gone.state(), mesos::v1::TASK_GONE);
  EXPECT_EQ(gone.reason(), mesos::v1::TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT);
  EXPECT_EQ(gone.message(), "Executor did not reregister within 25ms");
  EXPECT_EQ(gone.source(), mesos::v1::TaskStatus::SOURCE_AGENT);
}

TEST_F(ContainerTest, ACommandThatCannotBeExecutedIsTold) {
  launch_.executor.mutable_command()->set_shell(false);
  ASSERT_NO_FATAL_FAILURE(LaunchScript("/no/such/executor"));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kExecFailed));
  ASSERT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_FAILED));
}

TEST_F(ContainerTest, ArgumentsWithoutAShellArePassedAsTheyAre) {
  auto* command = launch_.executor.mutable_command();
  command->set_shell(false);
  for (const char* argument : {"zero", "%s|", "a b", "$HOME"}) command->add_arguments(argument);
  ASSERT_NO_FATAL_FAILURE(LaunchScript("/usr/bin/printf"));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_EQ(FileText(launch_.sandbox + "/stdout"), "a b|$HOME|");
}

TEST_F(ContainerTest, TheExecutorBecomesTheUserThatWasNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  launch_.user = "nobody";
  ASSERT_NO_FATAL_FAILURE(LaunchScript("id -un; id -G; touch mine"));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kContainerDestroyed));
  EXPECT_EQ(FileText(launch_.sandbox + "/stdout"), "nobody\n65534\n");
  EXPECT_TRUE(std::filesystem::exists(launch_.sandbox + "/mine"));
}

TEST_F(ContainerTest, AnUnknownUserAndAMissingSandboxAreRefused) {
  launch_.executor.mutable_command()->set_value("true");
  launch_.user = "no-such-user";
  EXPECT_EQ(agent_->Launch(launch_).code(), absl::StatusCode::kNotFound);
  launch_.sandbox = "/no/such/folder";
  EXPECT_EQ(agent_->Launch(launch_).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
