// Sessions and tasks together, as a supervisor sees them, in simulated time.
#include "sidecars/runtime/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/message_rules.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::Phase;
using lifecycle::v1::SidecarMessage;
using lifecycle::v1::SupervisorMessage;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kLease = absl::Seconds(30);

class RecordingHandler final : public Handler {
 public:
  void OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
               const TaskState& state) override {
    calls.push_back(absl::StrCat("state ", attach.incarnation(), " ", attach.task().name(), " ",
                                 Phase_Name(state.phase)));
  }
  void OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
               ReplyCallback reply) override {
    calls.push_back(
        absl::StrCat("phase ", Phase_Name(state.phase), " ", absl::FormatDuration(deadline)));
    replies.push_back(std::move(reply));
  }
  void OnRecovered(const TaskKey& key, const std::string& record) override {
    calls.push_back(absl::StrCat("recovered ", record));
  }
  void Undo(const TaskKey& key) override {
    calls.push_back(absl::StrCat("undo ", key.task_id, " of ", key.uid));
  }
  void WhenIdle(absl::AnyInvocable<void()> done) override { done(); }

  std::vector<std::string> calls;
  std::deque<ReplyCallback> replies;
};

class FakePeer final : public Peer {
 public:
  explicit FakePeer(uid_t uid) : uid_(uid) {}
  uid_t uid() const override { return uid_; }
  std::unique_ptr<Pending> WatchDeath(EventLoop&, absl::AnyInvocable<void()> dead) override {
    struct Watch : Pending {
      explicit Watch(std::shared_ptr<Callback> dead) : dead(std::move(dead)) {}
      ~Watch() override { *dead = nullptr; }
      std::shared_ptr<Callback> dead;
    };
    dead_ = std::make_shared<Callback>(std::move(dead));
    return std::make_unique<Watch>(dead_);
  }
  void Die() {
    ASSERT_TRUE(*dead_);
    auto dead = std::exchange(*dead_, nullptr);
    dead();
  }

 private:
  using Callback = absl::AnyInvocable<void()>;
  const uid_t uid_;
  std::shared_ptr<Callback> dead_;
};

struct RecordingWriter final : StreamWriter {
  void Write(const SidecarMessage& message) override { messages.push_back(message); }
  void End(absl::Status status) override {
    if (!end) end = status;
  }
  std::vector<SidecarMessage> messages;
  std::optional<absl::Status> end;
};

SupervisorMessage Attach(const std::string& task_id = "task") {
  SupervisorMessage message;
  auto& attach = *message.mutable_attach();
  attach.set_protocol_min(1);
  attach.set_protocol_max(1);
  attach.set_incarnation("incarnation");
  attach.mutable_task()->set_framework_id("framework");
  attach.mutable_task()->set_executor_id("executor");
  attach.mutable_task()->set_task_id(task_id);
  attach.mutable_task()->set_name("name");
  return message;
}

SupervisorMessage State(Phase phase = lifecycle::v1::PHASE_UNSPECIFIED) {
  SupervisorMessage message;
  message.mutable_state()->set_phase(phase);
  return message;
}

SupervisorMessage Event(uint64_t seq, Phase phase, int64_t deadline_seconds = 0) {
  SupervisorMessage message;
  message.mutable_event()->set_seq(seq);
  message.mutable_event()->set_phase(phase);
  message.mutable_event()->mutable_deadline()->set_seconds(deadline_seconds);
  return message;
}

SupervisorMessage Goodbye() {
  SupervisorMessage message;
  message.mutable_goodbye();
  return message;
}

// One stream and what came back on it.
struct Stream {
  Stream(EventLoop* loop, Tasks* tasks, Handler* handler, uid_t uid = 1000)
      : session(loop, {"recorder", "1.2"}, tasks, handler, peer = std::make_shared<FakePeer>(uid),
                writer = std::make_shared<RecordingWriter>()) {}
  Stream& Send(const SupervisorMessage& message) {
    session.Receive(message);
    return *this;
  }
  absl::StatusCode end() const { return writer->end.value_or(absl::UnknownError("open")).code(); }
  bool open() const { return !writer->end.has_value(); }

  std::shared_ptr<FakePeer> peer;
  std::shared_ptr<RecordingWriter> writer;
  Session session;
};

class SessionTest : public testing::Test {
 protected:
  std::unique_ptr<Stream> Open(uid_t uid = 1000) {
    return std::make_unique<Stream>(&loop_, &tasks_, &handler_, uid);
  }
  std::unique_ptr<Stream> OpenAttached(uid_t uid = 1000) {
    auto stream = Open(uid);
    stream->Send(Attach()).Send(State());
    handler_.calls.clear();
    return stream;
  }

  ManualEventLoop loop_;
  RecordingHandler handler_;
  Tasks tasks_{&loop_, &handler_, kLease};
};

TEST_F(SessionTest, AttachIsAcceptedThenTheStateIsHandedOver) {
  const auto stream = Open();
  stream->Send(Attach());
  ASSERT_EQ(stream->writer->messages.size(), 1u);
  EXPECT_EQ(stream->writer->messages[0].attached().protocol(), 1u);
  EXPECT_EQ(stream->writer->messages[0].attached().name(), "recorder");
  EXPECT_EQ(stream->writer->messages[0].attached().version(), "1.2");
  EXPECT_THAT(handler_.calls, IsEmpty());
  stream->Send(State(lifecycle::v1::HEALTHY));
  EXPECT_THAT(handler_.calls, ElementsAre("state incarnation name HEALTHY"));
}

TEST_F(SessionTest, ASupervisorOfManyVersionsIsSpokenToInOursAndOneOfOthersOnlyIsNot) {
  SupervisorMessage many = Attach();
  many.mutable_attach()->set_protocol_max(9);
  const auto served = Open();
  served->Send(many).Send(State());
  EXPECT_TRUE(served->open());
  ASSERT_EQ(served->writer->messages.size(), 1u);
  EXPECT_EQ(served->writer->messages[0].attached().protocol(), kNewestProtocol);

  SupervisorMessage newer = Attach("another task");
  newer.mutable_attach()->set_protocol_min(kNewestProtocol + 1);
  newer.mutable_attach()->set_protocol_max(kNewestProtocol + 1);
  const auto refused = Open();
  refused->Send(newer).Send(State());
  EXPECT_EQ(refused->end(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused->writer->messages, IsEmpty());
  EXPECT_THAT(handler_.calls, ElementsAre("state incarnation name PHASE_UNSPECIFIED"));
}

TEST_F(SessionTest, AnswersCarryTheNumberOfTheirEventInAnyOrderAndMoreThanOnce) {
  const auto stream = OpenAttached();
  stream->Send(Event(7, lifecycle::v1::BEFORE_START, 10)).Send(Event(8, lifecycle::v1::STARTED));
  EXPECT_THAT(handler_.calls, ElementsAre("phase BEFORE_START 10s", "phase STARTED 0"));
  handler_.replies[1]({});
  handler_.replies[0]({lifecycle::v1::Answer::PENDING, "Consul says 500\n"});
  handler_.replies[0]({lifecycle::v1::Answer::OK, std::string(5000, 'x')});
  ASSERT_EQ(stream->writer->messages.size(), 4u);
  EXPECT_EQ(stream->writer->messages[1].answer().seq(), 8u);
  EXPECT_EQ(stream->writer->messages[1].answer().outcome(), lifecycle::v1::Answer::OK);
  EXPECT_EQ(stream->writer->messages[2].answer().seq(), 7u);
  EXPECT_EQ(stream->writer->messages[2].answer().outcome(), lifecycle::v1::Answer::PENDING);
  EXPECT_EQ(stream->writer->messages[2].answer().message(), "Consul says 500?");
  EXPECT_EQ(stream->writer->messages[3].answer().message().size(), 1024u);
}

TEST_F(SessionTest, AnAnswerCarriesEnvironmentAndHold) {
  const auto stream = OpenAttached();
  stream->Send(Event(1, lifecycle::v1::BEFORE_START, 10));
  handler_.replies[0]({.environment = {{"PORT", "80"}}, .hold = absl::Milliseconds(1500)});
  const lifecycle::v1::Answer& answer = stream->writer->messages.back().answer();
  ASSERT_EQ(answer.environment_size(), 1);
  EXPECT_EQ(answer.environment(0).name(), "PORT");
  EXPECT_EQ(answer.environment(0).value(), "80");
  EXPECT_EQ(answer.hold().seconds(), 1);
  EXPECT_EQ(answer.hold().nanos(), 500'000'000);
}

TEST_F(SessionTest, AReplyAfterTheStreamIsGoneIsHarmless) {
  auto stream = OpenAttached();
  stream->Send(Event(1, lifecycle::v1::HEALTHY));
  const auto writer = stream->writer;
  stream->session.Closed();
  handler_.replies[0]({});
  stream.reset();
  handler_.replies[0]({});
  EXPECT_EQ(writer->messages.size(), 1u);
}

TEST_F(SessionTest, MessagesOutOfOrderEndTheStream) {
  const std::vector<std::vector<SupervisorMessage>> cases = {
      {State()},
      {Event(1, lifecycle::v1::STARTED)},
      {Goodbye()},
      {Attach(), Attach()},
      {Attach(), Event(1, lifecycle::v1::STARTED)},
      {Attach(), State(), State()},
      {Attach(), State(), Event(2, lifecycle::v1::STARTED), Event(2, lifecycle::v1::STARTED)},
      {Attach(), State(), Event(2, lifecycle::v1::STARTED), Event(1, lifecycle::v1::STARTED)},
      {Attach(), State(), Event(0, lifecycle::v1::STARTED)},
      {Attach(), State(), Event(1, lifecycle::v1::PHASE_UNSPECIFIED)},
      {Attach(), State(static_cast<Phase>(99))},
      {Attach(), State(lifecycle::v1::TERMINATED), Event(1, lifecycle::v1::HEALTHY)},
      {Attach(), State(), Event(1, lifecycle::v1::TERMINATED), Event(2, lifecycle::v1::HEALTHY)},
  };
  for (const auto& messages : cases) {
    const auto stream = Open();
    for (const auto& message : messages) {
      EXPECT_TRUE(stream->open());
      stream->Send(message);
    }
    EXPECT_EQ(stream->end(), absl::StatusCode::kInvalidArgument) << messages.back().DebugString();
  }
}

TEST_F(SessionTest, AKindOfMessageThatIsUnknownIsSkipped) {
  const auto stream = OpenAttached();
  stream->Send(SupervisorMessage()).Send(Event(1, lifecycle::v1::STARTED));
  EXPECT_TRUE(stream->open());
  EXPECT_THAT(handler_.calls, ElementsAre("phase STARTED 0"));
}

TEST_F(SessionTest, AStreamThatNeverSaysWhoItIsIsEnded) {
  const auto silent = Open();
  const auto stateless = Open();
  stateless->Send(Attach());
  const auto attached = OpenAttached();
  loop_.Advance(absl::Seconds(11));
  EXPECT_EQ(silent->end(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(stateless->end(), absl::StatusCode::kAborted);  // `attached` had replaced it.
  EXPECT_TRUE(attached->open());
}

TEST_F(SessionTest, ANewerStreamReplacesTheOlderOne) {
  const auto older = OpenAttached();
  const auto newer = OpenAttached();
  EXPECT_EQ(older->end(), absl::StatusCode::kAborted);
  EXPECT_TRUE(newer->open());
  older->session.Closed();
  loop_.Advance(2 * kLease);
  EXPECT_THAT(handler_.calls, IsEmpty());
}

TEST_F(SessionTest, AnotherUsersTaskIsRefused) {
  const auto owner = OpenAttached(1000);
  const auto other = Open(1001);
  other->Send(Attach());
  EXPECT_EQ(other->end(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(other->writer->messages, IsEmpty());
  EXPECT_TRUE(owner->open());
  // Also while the lease runs, also when only the journal knows of it.
  owner->session.Closed();
  tasks_.Recover({1000, "framework", "executor", "recovered"}, "r", true);
  for (const std::string id : {"task", "recovered"}) {
    const auto late = Open(1001);
    late->Send(Attach(id));
    EXPECT_EQ(late->end(), absl::StatusCode::kPermissionDenied);
  }
}

TEST_F(SessionTest, AnotherUserIsRefusedUntilTheHandlerHasUndoneWhatItDid) {
  bool taken = true;
  tasks_.RefuseWhere([&](const TaskKey& key) { return taken && key.uid == 1001; });
  OpenAttached(1000)->peer->Die();
  const auto early = Open(1001);
  early->Send(Attach());
  EXPECT_EQ(early->end(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(OpenAttached(1000)->open());
  loop_.Advance(kLease);
  taken = false;
  const auto late = Open(1001);
  late->Send(Attach());
  EXPECT_TRUE(late->open());
}

TEST_F(SessionTest, TheSupervisorsDeathUndoesAtOnceWhetherItsStreamIsOpenOrNot) {
  const auto open = OpenAttached();
  open->peer->Die();
  EXPECT_THAT(handler_.calls, ElementsAre("undo task of 1000"));
  EXPECT_EQ(open->end(), absl::StatusCode::kAborted);

  const auto broken = OpenAttached();
  broken->session.Closed();
  EXPECT_THAT(handler_.calls, IsEmpty());
  broken->peer->Die();
  EXPECT_THAT(handler_.calls, ElementsAre("undo task of 1000"));
  loop_.Advance(2 * kLease);
  EXPECT_EQ(handler_.calls.size(), 1u);
}

TEST_F(SessionTest, ABrokenStreamStartsTheLeaseAndItsEndUndoes) {
  const auto stream = OpenAttached();
  stream->session.Closed();
  loop_.Advance(kLease - absl::Milliseconds(1));
  EXPECT_THAT(handler_.calls, IsEmpty());
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(handler_.calls, ElementsAre("undo task of 1000"));
}

TEST_F(SessionTest, AStreamThatWeEndForItsFaultsStartsTheLeaseToo) {
  const auto stream = OpenAttached();
  stream->Send(State());
  loop_.Advance(kLease);
  EXPECT_THAT(handler_.calls, ElementsAre("undo task of 1000"));
}

TEST_F(SessionTest, AttachingAgainStopsTheLease) {
  const auto stream = OpenAttached();
  stream->session.Closed();
  loop_.Advance(kLease / 2);
  const auto again = OpenAttached();
  loop_.Advance(2 * kLease);
  EXPECT_THAT(handler_.calls, IsEmpty());
  EXPECT_TRUE(again->open());
}

TEST_F(SessionTest, GoodbyeAfterTerminatedLeavesNothingToDo) {
  const auto by_event = OpenAttached();
  by_event->Send(Event(1, lifecycle::v1::TERMINATED)).Send(Goodbye());
  EXPECT_EQ(by_event->end(), absl::StatusCode::kOk);
  EXPECT_THAT(handler_.calls, ElementsAre("phase TERMINATED 0"));

  const auto by_state = Open();
  by_state->Send(Attach()).Send(State(lifecycle::v1::TERMINATED)).Send(Goodbye());
  loop_.Advance(2 * kLease);
  EXPECT_THAT(handler_.calls,
              ElementsAre("phase TERMINATED 0", "state incarnation name TERMINATED"));
}

TEST_F(SessionTest, GoodbyeWithoutTerminatedUndoes) {
  const auto stream = OpenAttached();
  stream->Send(Event(1, lifecycle::v1::HEALTHY)).Send(Goodbye());
  EXPECT_EQ(stream->end(), absl::StatusCode::kOk);
  EXPECT_THAT(handler_.calls, ElementsAre("phase HEALTHY 0", "undo task of 1000"));
}

// A loop whose process may be frozen: its timers are late then.
class FreezingLoop final : public EventLoop {
 public:
  explicit FreezingLoop(ManualEventLoop* loop) : loop_(*loop) {}
  absl::Time Now() const override { return loop_.Now() + frozen; }
  std::unique_ptr<Pending> After(absl::Duration delay,
                                 absl::AnyInvocable<void()> callback) override {
    return loop_.After(delay, std::move(callback));
  }
  std::unique_ptr<Pending> WatchReadable(int fd, absl::AnyInvocable<void()> callback) override {
    return loop_.WatchReadable(fd, std::move(callback));
  }
  void Post(absl::AnyInvocable<void()> callback) override { loop_.Post(std::move(callback)); }

  absl::Duration frozen;

 private:
  ManualEventLoop& loop_;
};

TEST_F(SessionTest, ALeaseThatEndedWhileTheProcessWasFrozenStartsOnceMore) {
  FreezingLoop loop(&loop_);
  Tasks tasks(&loop, &handler_, kLease);
  tasks.Recover({1000, "framework", "executor", "task"}, "record", true);
  loop_.Advance(kLease / 2);
  loop.frozen = absl::Hours(1);
  loop_.Advance(kLease);
  EXPECT_THAT(handler_.calls, ElementsAre("recovered record"));
  loop_.Advance(kLease / 2);
  EXPECT_THAT(handler_.calls, ElementsAre("recovered record", "undo task of 1000"));
}

TEST_F(SessionTest, ARecoveredTaskHasAWholeLease) {
  tasks_.Recover({1000, "framework", "executor", "task"}, "record", true);
  loop_.Advance(kLease - absl::Milliseconds(1));
  EXPECT_THAT(handler_.calls, ElementsAre("recovered record"));
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(handler_.calls, ElementsAre("recovered record", "undo task of 1000"));
}

TEST_F(SessionTest, ARecoveredTaskThatAttachesStays) {
  tasks_.Recover({1000, "framework", "executor", "task"}, "record", true);
  const auto stream = OpenAttached();
  loop_.Advance(2 * kLease);
  EXPECT_THAT(handler_.calls, IsEmpty());
}

TEST_F(SessionTest, ATaskOfAnotherBootIsUndoneAtOnce) {
  tasks_.Recover({1000, "framework", "executor", "task"}, "record", false);
  EXPECT_THAT(handler_.calls, ElementsAre("recovered record", "undo task of 1000"));
}

TEST_F(SessionTest, RecoveredTasksOfTwoUsersWithTheSameIdsAreBothUndone) {
  tasks_.Recover({1000, "framework", "executor", "task"}, "a", true);
  tasks_.Recover({1001, "framework", "executor", "task"}, "b", true);
  loop_.Advance(kLease);
  EXPECT_THAT(handler_.calls,
              ElementsAre("recovered a", "undo task of 1000", "recovered b", "undo task of 1001"));
}

TEST_F(SessionTest, WithoutALeaseABrokenStreamUndoesAtOnceAndTheLastOneIsReported) {
  Tasks tasks(&loop_, &handler_, absl::ZeroDuration());
  int empty = 0;
  tasks.OnEmpty([&] { ++empty; });
  Stream first(&loop_, &tasks, &handler_), second(&loop_, &tasks, &handler_);
  first.Send(Attach("one")).Send(State());
  second.Send(Attach("two")).Send(State());
  handler_.calls.clear();
  first.session.Closed();
  EXPECT_THAT(handler_.calls, ElementsAre("undo one of 1000"));
  EXPECT_EQ(empty, 0);
  second.Send(Event(1, lifecycle::v1::TERMINATED)).Send(Goodbye());
  EXPECT_EQ(empty, 1);
}

TEST_F(SessionTest, TooManyTasksAreRefused) {
  for (int i = 0; i < 10'000; ++i) {
    tasks_.Recover({1000, "framework", "executor", absl::StrCat("recovered-", i)}, "", true);
  }
  const auto stream = Open();
  stream->Send(Attach());
  EXPECT_EQ(stream->end(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(stream->writer->end->message()), HasSubstr("10000"));
}

TEST_F(SessionTest, AUserWithTooManyTasksIsRefusedAndOthersAreNot) {
  for (int i = 0; i < 4'999; ++i) {
    tasks_.Recover({1000, "framework", "executor", absl::StrCat("recovered-", i)}, "", true);
  }
  const auto last = Open(1000);
  last->Send(Attach("last"));
  EXPECT_TRUE(last->open());
  const auto one_more = Open(1000);
  one_more->Send(Attach("one more"));
  EXPECT_EQ(one_more->end(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(one_more->writer->end->message()), HasSubstr("5000"));
  // Those that it has may come back.
  const auto again = Open(1000);
  again->Send(Attach("last"));
  EXPECT_TRUE(again->open());
  const auto other = Open(1001);
  other->Send(Attach("other"));
  EXPECT_TRUE(other->open());
}

TEST_F(SessionTest, RootMayHaveAllTasks) {
  for (int i = 0; i < 9'999; ++i) {
    tasks_.Recover({0, "framework", "executor", absl::StrCat("recovered-", i)}, "", true);
  }
  const auto last = Open(0);
  last->Send(Attach());
  EXPECT_TRUE(last->open());
}

}  // namespace
}  // namespace mesos_executor::sidecar
