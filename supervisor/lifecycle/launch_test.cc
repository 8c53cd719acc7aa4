#include "supervisor/lifecycle/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "supervisor/lifecycle/launch_fixture.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class LaunchTest : public LaunchFixture {};

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

}  // namespace
}  // namespace mesos_executor::lifecycle
