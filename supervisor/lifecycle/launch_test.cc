#include "supervisor/lifecycle/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>

#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/lifecycle/test_daemon.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr absl::Duration kLong = absl::Seconds(60);

class LaunchTest : public ::testing::Test, private Sidecars::Observer {
 protected:
  LaunchTest() {
    alarm(60);  // A test that hangs says so by dying.
    char path[] = "/tmp/lifecycle.XXXXXX";
    folder_ = mkdtemp(path);
  }
  ~LaunchTest() override {
    sidecars_.reset();
    std::filesystem::remove_all(folder_);
    alarm(0);
  }

  std::string Socket(const std::string& name = "a") const { return folder_ + "/" + name + ".sock"; }

  SidecarConfig Config(const std::string& name = "a") const {
    SidecarConfig config;
    config.name = name;
    config.before_start = config.healthy = config.before_terminate = kLong;
    config.socket = Socket(name);
    return config;
  }

  void Launch(std::vector<SidecarConfig> configs) {
    v1::Task task;
    task.set_task_id("t");
    sidecars_ = LaunchSidecars(
        &loop_, std::move(configs), task, "incarnation",
        [this](pid_t pid, absl::AnyInvocable<void(int)> exited) {
          return Watch(pid, std::move(exited));
        },
        this);
  }

  std::unique_ptr<TestDaemon> Daemon(Behaviour behaviour, const std::string& name = "a") {
    return std::make_unique<TestDaemon>(Socket(name), std::move(behaviour), [this] { Look(); });
  }

  // A socket of this name to which nobody attends.
  UniqueFd BoundSocket() const {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {AF_UNIX, {}};
    Socket().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return socket;
  }

  // Runs the loop until `condition` holds; it is looked at whenever something has happened.
  void RunUntil(std::function<bool()> condition) {
    condition_ = std::move(condition);
    Look();
    loop_.io_context().restart();
    loop_.Run();
  }

  PhaseResult AskAndWait(v1::Phase phase) {
    std::optional<PhaseResult> result;
    sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, kLong, [&](PhaseResult r) {
      result = std::move(r);
      Look();
    });
    RunUntil([&] { return result.has_value(); });
    return *result;
  }

  void FinishAndWait() {
    bool finished = false;
    sidecars_->Finish(kLong, [&] {
      finished = true;
      Look();
    });
    RunUntil([&] { return finished; });
  }

  // From any thread.
  void Look() {
    loop_.Post([this] {
      if (condition_ == nullptr || !condition_()) return;
      condition_ = nullptr;
      loop_.Stop();
    });
  }

  size_t Count(const std::string& event) const {
    return std::count(events_.begin(), events_.end(), event);
  }

  AsioEventLoop loop_;
  std::string folder_;
  std::vector<std::string> events_;
  std::vector<std::string> whys_;
  std::vector<pid_t> children_;
  std::unique_ptr<Sidecars> sidecars_;

 private:
  void OnSidecarUp(const std::string& name, Mode mode, const std::string& version) override {
    events_.push_back("up " + name + " " + version + (mode == Mode::kPrivate ? " private" : ""));
    Look();
  }
  void OnSidecarDown(const std::string& name, Mode mode, const std::string& why) override {
    events_.push_back((mode == Mode::kAbsent ? "absent " : "down ") + name);
    whys_.push_back(why);
    Look();
  }
  void OnSidecarAnswer(const std::string& name, v1::Phase phase, Outcome outcome, absl::Duration,
                       const std::string&) override {
    events_.push_back(std::string(PhaseName(phase)) + " " + name + " " +
                      std::string(OutcomeName(outcome)));
    Look();
  }

  struct Child : Pending {
    UniqueFd pidfd;
    std::unique_ptr<Pending> watch;
  };
  std::unique_ptr<Pending> Watch(pid_t pid, absl::AnyInvocable<void(int)> exited) {
    children_.push_back(pid);
    auto child = std::make_unique<Child>();
    child->pidfd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    child->watch =
        loop_.WatchReadable(child->pidfd.get(), [this, pid, exited = std::move(exited)]() mutable {
          int status = 0;
          waitpid(pid, &status, 0);
          Look();
          exited(status);
        });
    return child;
  }

  std::function<bool()> condition_;
};

TEST_F(LaunchTest, ADaemonHearsAttachStateEventsAndGoodbyeInThisOrder) {
  const auto daemon = Daemon(AnswersOk());
  Launch({Config()});
  EXPECT_TRUE(AskAndWait(v1::BEFORE_START).status.ok());
  sidecars_->Ask(v1::STARTED, v1::HEALTH_UNKNOWN, kLong, nullptr);
  EXPECT_TRUE(AskAndWait(v1::HEALTHY).status.ok());
  EXPECT_TRUE(AskAndWait(v1::BEFORE_TERMINATE).status.ok());
  FinishAndWait();
  RunUntil([&] { return daemon->records().size() == 8; });
  std::vector<std::string> records = daemon->records();
  // The first event may overtake the connection; then the state tells of it already.
  if (records[1] == "state 1 BEFORE_START") records[1] = "state 0 PHASE_UNSPECIFIED";
  EXPECT_THAT(records, ElementsAre("attach t", "state 0 PHASE_UNSPECIFIED", "event 1 BEFORE_START",
                                   "event 2 STARTED", "event 3 HEALTHY", "event 4 BEFORE_TERMINATE",
                                   "event 5 TERMINATED", "goodbye"));
  EXPECT_EQ(Count("up a 1.0"), 1);
}

TEST_F(LaunchTest, SidecarsAreAskedSideBySideAndTheirVariablesComeInTheOrderOfTheConfiguration) {
  // The first one answers only once the second one is asked.
  std::mutex mutex;
  std::condition_variable asked;
  bool second = false;
  const auto says = [](const std::string& value) {
    v1::Answer answer;
    answer.set_outcome(v1::Answer::OK);
    answer.add_environment()->set_name("WHO");
    answer.mutable_environment(0)->set_value(value);
    return answer;
  };
  const auto a = Daemon(AnswersWith([&](const v1::Event&) {
    std::unique_lock<std::mutex> lock(mutex);
    asked.wait(lock, [&] { return second; });
    return says("a");
  }));
  const auto b = Daemon(AnswersWith([&](const v1::Event&) {
                          const std::lock_guard<std::mutex> lock(mutex);
                          second = true;
                          asked.notify_all();
                          return says("b");
                        }),
                        "b");
  Launch({Config("a"), Config("b")});
  EXPECT_THAT(AskAndWait(v1::BEFORE_START).environment,
              ElementsAre(Pair("WHO", "a"), Pair("WHO", "b")));
}

TEST_F(LaunchTest, ASidecarThatNeverAnswersCostsItsDeadlineAndNoMore) {
  const auto daemon = Daemon(NeverAnswers());
  SidecarConfig config = Config();
  config.before_start = absl::Milliseconds(20);
  Launch({config});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  EXPECT_TRUE(result.status.ok());
  ASSERT_THAT(result.outcomes, SizeIs(1));
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kTimedOut);
}

TEST_F(LaunchTest, ASidecarThatDiesInMidPhaseAndComesBackIsToldTheStateFirstAndAskedAgain) {
  SidecarConfig config = Config();
  config.policy = Policy::kRequired;
  auto daemon = Daemon(NeverAnswers());
  Launch({config});
  std::optional<PhaseResult> result;
  sidecars_->Ask(v1::BEFORE_START, v1::HEALTH_UNKNOWN, kLong, [&](PhaseResult r) {
    result = std::move(r);
    Look();
  });
  RunUntil([&] { return daemon->records().size() == 3 && Count("up a 1.0") == 1; });
  daemon.reset();
  RunUntil([&] { return Count("down a") == 1; });
  daemon = Daemon(AnswersOk());
  RunUntil([&] { return result.has_value(); });
  EXPECT_TRUE(result->status.ok()) << result->status;
  EXPECT_THAT(daemon->records(),
              ElementsAre("attach t", "state 1 BEFORE_START", "event 1 BEFORE_START"));
  EXPECT_EQ(Count("up a 1.0"), 2);
}

TEST_F(LaunchTest, ASidecarThatHangsUpAtOnceIsTriedAgainAndCostsAKillNothing) {
  const auto daemon = Daemon([](Conversation& supervisor) {
    supervisor.Read();
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "uid 7 is not welcome");
  });
  Launch({Config()});
  RunUntil([&] { return daemon->records().size() >= 3 && Count("down a") > 0; });
  EXPECT_EQ(Count("down a"), 1) << "said once, not at each attempt";
  EXPECT_THAT(whys_, ElementsAre("uid 7 is not welcome"));
  const PhaseResult result = AskAndWait(v1::BEFORE_TERMINATE);
  ASSERT_THAT(result.outcomes, SizeIs(1));
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kDown);
  FinishAndWait();
}

TEST_F(LaunchTest, AFloodOfVariablesIsRefusedWhetherItFitsIntoAMessageOrNot) {
  for (const int count : {65, 10'000}) {
    const auto daemon = Daemon(AnswersWith([&](const v1::Event&) {
      v1::Answer answer;
      answer.set_outcome(v1::Answer::OK);
      for (int i = 0; i < count; ++i) {
        answer.add_environment()->set_name("V" + std::to_string(i));
        answer.mutable_environment(i)->set_value("some twenty bytes ...");
      }
      return answer;
    }));
    Launch({Config()});
    const PhaseResult result = AskAndWait(v1::BEFORE_START);
    EXPECT_TRUE(result.status.ok());
    EXPECT_THAT(result.environment, IsEmpty());
    ASSERT_THAT(result.outcomes, SizeIs(1));
    // What doesn't fit breaks the connection, and does so again when the event is sent again.
    EXPECT_EQ(result.outcomes[0].outcome, count == 65 ? Outcome::kFailed : Outcome::kDown);
    sidecars_.reset();
  }
}

TEST_F(LaunchTest, APeerThatNeverReadsIsDroppedOnceTooMuchIsQueued) {
  const UniqueFd listener = BoundSocket();
  ASSERT_EQ(listen(listener.get(), 10), 0);
  Launch({Config()});
  std::unique_ptr<Pending> next;
  const std::function<void()> tell = [&] {
    if (Count("down a") > 0) return;
    sidecars_->Ask(v1::UNHEALTHY, v1::HEALTH_UNHEALTHY, kLong, nullptr);
    next = loop_.After(absl::ZeroDuration(), tell);
  };
  tell();
  RunUntil([&] { return Count("down a") > 0; });
  EXPECT_THAT(whys_, ElementsAre("it does not read"));
  sidecars_.reset();
  // The socket was closed, although what was written to it is still unread.
  const UniqueFd peer(accept(listener.get(), nullptr, nullptr));
  char buffer[4096];
  while (read(peer.get(), buffer, sizeof(buffer)) > 0) {
  }
}

TEST_F(LaunchTest, ADaemonOfAnotherProtocolCountsAsDown) {
  const auto daemon = Daemon([](Conversation& supervisor) {
    supervisor.Accept(2);
    supervisor.ReadAll();
    return grpc::Status::OK;
  });
  Launch({Config()});
  RunUntil([&] { return Count("down a") > 0; });
  EXPECT_THAT(whys_[0], HasSubstr("protocol 2"));
}

TEST_F(LaunchTest, ASocketWithNobodyBehindItIsAHostsDaemonThatIsDown) {
  const UniqueFd dead = BoundSocket();
  SidecarConfig config = Config();
  config.command = {"/bin/true"};
  Launch({config});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  ASSERT_THAT(result.outcomes, SizeIs(1));
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kDown);
  EXPECT_THAT(result.outcomes[0].message, HasSubstr("Connection refused"));
  EXPECT_THAT(children_, IsEmpty());
}

TEST_F(LaunchTest, WithNeitherSocketNorProgramASidecarIsAbsentAndCostsNothing) {
  SidecarConfig config = Config();
  config.command = {folder_ + "/none"};
  Launch({config});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  EXPECT_TRUE(result.status.ok());
  EXPECT_THAT(events_, ElementsAre("absent a"));
  EXPECT_THAT(whys_[0], HasSubstr(folder_ + "/none"));
  FinishAndWait();
}

TEST_F(LaunchTest, ARequiredSidecarThatIsAbsentFailsTheTaskBeforeItStarts) {
  SidecarConfig config = Config();
  config.policy = Policy::kRequiredHealthy;
  Launch({config});
  EXPECT_THAT(std::string(AskAndWait(v1::BEFORE_START).status.message()),
              HasSubstr("required sidecar a absent"));
}

class PrivateSidecarTest : public LaunchTest {
 protected:
  SidecarConfig PrivateConfig(const std::string& how) const {
    SidecarConfig config = Config();
    config.command = {"supervisor/lifecycle/test_sidecar", how};
    config.private_settings = {{"CONSUL_TOKEN", "secret"}};
    return config;
  }

  // Waits for a child that nobody watches any more; -1 if it was killed.
  static int ExitOf(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(PrivateSidecarTest, ReadsItsSettingsFromADescriptorAndHasAnEmptyEnvironment) {
  Launch({PrivateConfig("well")});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  EXPECT_THAT(result.environment,
              ElementsAre(Pair("CONSUL_TOKEN", "secret"), Pair("ENVIRONMENT_NAMES", "PATH,"),
                          Pair("LEADS_ITS_GROUP", "yes")));
  EXPECT_EQ(Count("up a 1.0 private"), 1);
}

TEST_F(PrivateSidecarTest, IsTheFirstToBeKilledWhenMemoryIsShort) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  std::string score;
  std::getline(std::ifstream("/proc/" + std::to_string(children_[0]) + "/oom_score_adj"), score);
  EXPECT_EQ(score, "1000");
}

TEST_F(PrivateSidecarTest, IsGivenTimeForTerminatedAndLeavesNoProcess) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  FinishAndWait();
  EXPECT_EQ(Count("terminated a ok"), 1);
  RunUntil([&] { return kill(children_[0], 0) != 0; });
  EXPECT_THAT(children_, SizeIs(1));
}

TEST_F(PrivateSidecarTest, IsStartedAgainWhenItDiesAndToldTheState) {
  Launch({PrivateConfig("dies")});
  AskAndWait(v1::BEFORE_START);
  sidecars_->Ask(v1::STARTED, v1::HEALTH_UNKNOWN, kLong, nullptr);
  RunUntil([&] { return Count("up a 1.0 private") == 2; });
  EXPECT_THAT(children_, SizeIs(2));
  EXPECT_NE(kill(children_[0], 0), 0);
}

TEST_F(PrivateSidecarTest, EndsWithTheSupervisorsInterest) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  sidecars_.reset();
  EXPECT_EQ(ExitOf(children_[0]), 0);
}

TEST_F(PrivateSidecarTest, IsLeftToUndoItsWorkWhenTheSupervisorCanWaitNoLonger) {
  Launch({PrivateConfig("slowly")});
  AskAndWait(v1::BEFORE_START);
  sidecars_->Finish(kLong, [] {});
  RunUntil([&] { return Count("terminated a pending") == 1; });
  sidecars_.reset();
  EXPECT_EQ(ExitOf(children_[0]), 0) << "killed while it undoes";
}

TEST_F(PrivateSidecarTest, AProgramThatIsNoSidecarIsDownAndHoldsNothingUp) {
  SidecarConfig config = Config();
  config.command = {"/bin/false"};
  Launch({config});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  ASSERT_THAT(result.outcomes, SizeIs(1));
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kDown);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
