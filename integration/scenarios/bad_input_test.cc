// What the executor makes of input that makes no sense: from a person at a shell a clear line, and
// from an agent nothing that stops the task.
#include <fcntl.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "integration/scenarios/scenario.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

struct Ended {
  int code = -1;
  std::string out;
  std::string err;
};

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The executor by itself, as a person starts it.
Ended RunByHand(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment = {}) {
  SubprocessSpec spec = {.argv = {DataPath("supervisor/mesos-executor")},
                         .environment = environment,
                         .working_directory = ::testing::TempDir()};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  const std::string out = ::testing::TempDir() + "/out";
  const std::string err = ::testing::TempDir() + "/err";
  const UniqueFd out_file(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const UniqueFd err_file(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  spec.stdout_fd = out_file.get();
  spec.stderr_fd = err_file.get();
  const absl::StatusOr<pid_t> pid = Spawn(spec);
  CHECK(pid.ok()) << pid.status();
  CHECK(AwaitExit(*pid)) << "the executor doesn't leave; it says:\n" << Read(err);
  int status = 0;
  PCHECK(waitpid(*pid, &status, 0) == *pid);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), Read(out), Read(err)};
}

constexpr char kOneLine[] = "[^\n]+\n";

TEST(BadInputTest, WithoutAnAgentItSaysInOneLineThatItNeedsOne) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"sleep", "60"}, {""}}) {
    const Ended ended = RunByHand(arguments);
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.out, IsEmpty());
    EXPECT_THAT(ended.err, MatchesRegex(kOneLine));
    EXPECT_THAT(ended.err, HasSubstr("MESOS_FRAMEWORK_ID is not set"));
  }
}

TEST(BadInputTest, HelpAndVersionGoToStdout) {
  const Ended help = RunByHand({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, StartsWith("mesos-executor runs one task"));
  EXPECT_THAT(help.err, IsEmpty());
  EXPECT_EQ(RunByHand({"-h"}).out, help.out);
  const Ended version = RunByHand({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, MatchesRegex("mesos-executor [0-9][^\n]*\n"));
  EXPECT_THAT(version.err, IsEmpty());
}

TEST(BadInputTest, AnUnknownOptionIsOneLineAndExitCode2) {
  const Ended ended = RunByHand({"--bogus"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(ended.err, MatchesRegex(kOneLine));
  EXPECT_THAT(ended.err, HasSubstr("unknown option --bogus; see mesos-executor --help"));
}

TEST(BadInputTest, AnAgentEndpointThatIsNoneIsOneLineAndExitCode1) {
  for (const std::string endpoint : {"", "garbage", "agent.example:5051", "127.0.0.1",
                                     "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:\n\x1b[2J"}) {
    const Ended ended = RunByHand({}, {"MESOS_FRAMEWORK_ID=framework", "MESOS_EXECUTOR_ID=executor",
                                       "MESOS_AGENT_ENDPOINT=" + endpoint});
    EXPECT_EQ(ended.code, 1) << endpoint;
    EXPECT_THAT(ended.err, MatchesRegex(kOneLine));
    EXPECT_THAT(ended.err, HasSubstr("MESOS_AGENT_ENDPOINT: "));
  }
}

TEST(BadInputTest, UnderAnAgentNoArgumentIsReadAsAnOptionOfTheExecutor) {
  for (const char* const command : {"--help", "--version", "--bogus"}) {
    Scenario scenario;
    scenario.Start(command);
    EXPECT_EQ(scenario.AwaitExecutor(), 0);
    // It is the task's command; what a shell makes of it is another matter.
    EXPECT_EQ(scenario.States().front(), "TASK_STARTING");
    EXPECT_THAT(scenario.States().back(), HasSubstr("Command exited with status")) << command;
  }
}

TEST(BadInputTest, ASettingThatMakesNoSenseIsAWarningAndTheTaskRuns) {
  Scenario scenario;
  scenario.Set("ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD", "soon");
  scenario.Start("true");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(), "TASK_FINISHED: Command exited with status 0");
  EXPECT_THAT(
      scenario.ReadSandboxFile("stderr"),
      HasSubstr("ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD=soon is not a duration such as"));
}

}  // namespace
}  // namespace mesos_executor
