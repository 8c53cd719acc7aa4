// Whole lives with sidecars, the real supervisor below the dev agent: what the table of faults
// doesn't show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "supervisor/lifecycle/test_daemon.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSecret[] = "do-not-tell";

v1::Answer Ok() {
  v1::Answer answer;
  answer.set_outcome(v1::Answer::OK);
  return answer;
}

class WholeLifeTest : public ::testing::Test {
 protected:
  std::unique_ptr<TestDaemon> Daemon(const std::string& name, Behaviour behaviour) {
    return std::make_unique<TestDaemon>(scenario_.folder() + "/" + name + ".sock",
                                        std::move(behaviour));
  }
  void Set(const std::string& setting, const std::string& value) {
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_GUEST_" + setting, value);
  }
  std::string Timeline() const { return scenario_.ReadSandboxFile("executor-timeline.jsonl"); }
  std::string Log() const {
    return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                        Timeline());
  }

  Scenario scenario_;
};

TEST_F(WholeLifeTest, VariablesReachTheTaskInTheOrderOfTheConfigurationAndNoLog) {
  const auto says = [](const std::string& value) {
    return AnswersWith([value](const v1::Event&) {
      v1::Answer answer = Ok();
      v1::EnvironmentVariable* const gift = answer.add_environment();
      gift->set_name("GIFT");
      gift->set_value(value);
      return answer;
    });
  };
  const auto first = Daemon("first", says("overwritten"));
  const auto second = Daemon("second", says(kSecret));
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "first,second");
  // Or a slow machine would lose it.
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_FIRST_DEADLINE_BEFORE_START", "1h");
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_SECOND_DEADLINE_BEFORE_START", "1h");
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_FIRST_POLICY", "required");
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_SECOND_POLICY", "required");
  scenario_.Start("echo \"gift: $GIFT\"", dev_agent::CommandIn::kTask);
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.ReadSandboxFile("stdout"), HasSubstr(absl::StrCat("gift: ", kSecret)));
  EXPECT_THAT(scenario_.ReadSandboxFile("stderr"),
              AllOf(HasSubstr("GIFT"), Not(HasSubstr(kSecret))));
  EXPECT_THAT(Timeline(), Not(HasSubstr(kSecret)));
}

TEST_F(WholeLifeTest, ASidecarCannotForgeALineOfTheLog) {
  const auto daemon = Daemon("guest", AnswersWith([](const v1::Event&) {
                               v1::Answer answer = Ok();
                               answer.set_message("thanks\nE1123 forged");
                               return answer;
                             }));
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "guest");
  Set("DEADLINE_BEFORE_START", "1h");
  Set("POLICY", "required");
  scenario_.Start("exit 0", dev_agent::CommandIn::kTask);
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.ReadSandboxFile("stderr"),
              AllOf(HasSubstr("forged"), Not(HasSubstr("\nE1123 forged"))));
  EXPECT_THAT(Timeline(), AllOf(HasSubstr("forged"), Not(HasSubstr("\nE1123 forged"))));
}

TEST_F(WholeLifeTest, AKillWaitsForNoPhaseThatCameBeforeIt) {
  const auto daemon = Daemon("guest", NeverAnswers());
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "guest");
  Set("DEADLINE_BEFORE_START", "1h");
  Set("DEADLINE_BEFORE_TERMINATE", "1h");
  Set("POLICY", "required");
  scenario_.Start("exec sleep 3600", dev_agent::CommandIn::kTask);
  ASSERT_TRUE(Eventually([&] { return absl::StrContains(Timeline(), "before-start"); })) << Log();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  EXPECT_THAT(Timeline(), Not(HasSubstr("before-terminate"))) << "nothing was started";
}

TEST_F(WholeLifeTest, AShutdownCapsDeadlineAndHoldTogether) {
  const auto daemon = Daemon("guest", AnswersWith([](const v1::Event&) {
                               v1::Answer answer = Ok();
                               answer.mutable_hold()->set_seconds(3600);
                               return answer;
                             }));
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "guest");
  Set("DEADLINE_BEFORE_TERMINATE", "1h");
  // Past it the agent would kill the container, and there would be no last update of the
  // executor's.
  scenario_.launch().shutdown_grace = absl::Seconds(20);
  scenario_.Start("exec sleep 3600", dev_agent::CommandIn::kTask);
  ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING)) << Log();
  scenario_.agent().Shutdown();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED")) << Log();
}

// A private sidecar that is other people's: the recorder, which tells on the executor's stdout what
// it is told.
class PrivateTest : public WholeLifeTest {
 protected:
  PrivateTest() {
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "guest");
    Set("COMMAND", scenario_.Install("sidecars/runtime/recorder"));
    Set("SET_RECORDER_WORD", kSecret);
    Set("DEADLINE_BEFORE_START", "1h");
    Set("POLICY", "required");
  }

  // The task writes its environment, and lives.
  void Start() {
    // A variable of TaskInfo.command's is the task's by its owner's word: there is none here.
    scenario_.Start("exec sh -c 'env >environment; exec sleep 3600'",
                    dev_agent::CommandIn::kExecutor);
    ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING)) << Log();
    // `env` has done its work, and gone.
    ASSERT_TRUE(Eventually([this] {
      return absl::StrContains(scenario_.ReadSandboxFile("environment"), "SCENARIO_MARK=") &&
             scenario_.TaskProcesses().size() == 1;
    })) << Log();
  }
  // While the supervisor lives.
  pid_t Guest() {
    std::vector<pid_t> guests;
    EXPECT_TRUE(Eventually([&] {
      guests = ChildrenRunning(scenario_.agent().executor_pid(), "recorder");
      return guests.size() == 1;
    }));
    return guests.empty() ? 0 : guests[0];
  }
  size_t Told(const std::string& line) const {
    std::ifstream output(scenario_.sandbox() + "/stdout");
    size_t count = 0;
    for (std::string next; std::getline(output, next);) count += next == line ? 1 : 0;
    return count;
  }
  bool AwaitTold(const std::string& line, size_t count = 1) const {
    return Eventually([&] { return Told(line) >= count; });
  }
  static std::string ProcFile(pid_t pid, const std::string& name) {
    std::ifstream file(absl::StrCat("/proc/", pid, "/", name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Of whoever isn't dumpable, root is the owner (proc(5)).
  static uid_t OwnerInProc(pid_t pid) {
    struct stat status;
    const std::string path = absl::StrCat("/proc/", pid, "/mem");
    return stat(path.c_str(), &status) == 0 ? status.st_uid : static_cast<uid_t>(-1);
  }
};

TEST_F(PrivateTest, IsToldItsSettingsByNothingThatOthersSee) {
  Start();
  const pid_t guest = Guest();
  EXPECT_TRUE(AwaitTold(absl::StrCat(kSecret, " dumpable=0")));
  EXPECT_EQ(getpgid(guest), guest);
  EXPECT_EQ(ProcFile(guest, "oom_score_adj"), "1000\n");
  EXPECT_THAT(ProcFile(guest, "cmdline"), AllOf(HasSubstr("--private"), Not(HasSubstr(kSecret))));
  // To all but root it is empty.
  EXPECT_THAT(ProcFile(guest, "environ"), Not(HasSubstr(kSecret)));
  EXPECT_THAT(scenario_.ReadSandboxFile("environment"), Not(HasSubstr(kSecret)));
  EXPECT_THAT(scenario_.ReadSandboxFile("stderr"), Not(HasSubstr(kSecret)));
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
}

TEST_F(PrivateTest, NeitherItNorTheSupervisorIsDumpable) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, for another user: what is root's shows it";
  scenario_.RunAs("nobody");
  Start();
  EXPECT_EQ(OwnerInProc(Guest()), 0u);
  const pid_t supervisor = scenario_.agent().executor_pid();
  EXPECT_EQ(OwnerInProc(supervisor), 0u);
  const std::vector<pid_t> shims = ChildrenRunning(supervisor, "mesos-shim");
  EXPECT_THAT(shims, SizeIs(1));
  for (const pid_t shim : shims) EXPECT_EQ(OwnerInProc(shim), 0u);
  // Otherwise this would show nothing.
  for (const pid_t task : scenario_.TaskProcesses()) EXPECT_NE(OwnerInProc(task), 0u);
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
}

TEST_F(PrivateTest, IsToldOfTheEndAndEndsWithTheTask) {
  Start();
  const pid_t guest = Guest();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(AwaitExit(guest));
  // On a machine that is too slow for an answer within 2 s it is the stream's end that tells it.
  EXPECT_GE(Told("TERMINATED " + scenario_.task_id()) + Told("undo " + scenario_.task_id()), 1u);
}

TEST_F(PrivateTest, IsStartedAgainWhenItIsKilledAndToldTheState) {
  Start();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  const std::string state = "state " + scenario_.task_id();
  ASSERT_TRUE(AwaitTold(state));
  const pid_t guest = Guest();
  ASSERT_EQ(kill(guest, SIGKILL), 0);
  EXPECT_TRUE(AwaitTold(state, 2)) << Log();
  EXPECT_NE(Guest(), guest);
  EXPECT_EQ(scenario_.TaskProcesses(), task);
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
}

TEST_F(PrivateTest, UndoesAndEndsWhenItsSupervisorIsKilled) {
  Start();
  const pid_t guest = Guest();
  ASSERT_TRUE(AwaitTold("state " + scenario_.task_id()));
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  EXPECT_TRUE(AwaitTold("undo " + scenario_.task_id())) << Log();
  EXPECT_TRUE(AwaitExit(guest));
}

}  // namespace
}  // namespace mesos_executor::lifecycle
