// A Session whose agent, task and clock do what the bytes say, in any order that the wire allows.
// Whatever happens, no update goes under two UUIDs, all go in order and none of a task after its
// last one, and nothing is said twice or out of turn. Then the agent behaves, and must get all that
// is left.
#include <glog/logging.h>

#include <algorithm>
#include <map>
#include <set>

#include "supervisor/agent/session.h"
#include "supervisor/base/fuzz_input.h"
#include "supervisor/base/task_state.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

constexpr absl::string_view kTasks[] = {"a", "b", "c"};
constexpr mesos::v1::TaskState kStates[] = {mesos::v1::TASK_RUNNING,  mesos::v1::TASK_RUNNING,
                                            mesos::v1::TASK_STARTING, mesos::v1::TASK_KILLING,
                                            mesos::v1::TASK_FAILED,   mesos::v1::TASK_FINISHED};
const HttpAnswer kAnswers[] = {{202, ""},
                               {200, ""},
                               {503, "Agent has not finished recovery"},
                               {404, ""},
                               {403, "Executor is not subscribed"},
                               {401, ""},
                               {400, "Framework cannot be found"},
                               {400, "Failed to validate"},
                               {500, ""},
                               {501, ""}};

AgentSettings Settings(bool checkpoint) {
  AgentSettings settings;
  settings.framework_id = "framework";
  settings.executor_id = "executor";
  settings.checkpoint = checkpoint;
  return settings;
}

class Life {
 public:
  explicit Life(FuzzInput input)
      : input_(input), session_(Settings(input_.Below(4) != 0), [this] { return ++random_; }) {}

  void Run() {
    Perform(session_.Start(now_));
    while (!input_.empty()) Step();
    for (int steps = 0; !lost_ && !session_.all_settled(); ++steps) {
      CHECK_LT(steps, 10'000) << "never delivers";
      Behave();
    }
  }

 private:
  enum class Stream { kNone, kOpen, kSubscribed };

  void Step() {
    switch (input_.Below(8)) {
      case 0:
        return Send();
      case 1:
        return Tick(absl::Milliseconds(input_.Below(250) * input_.Below(250)));
      case 2:
        return Tick(session_.next_tick() - now_);
      case 3:
        if (stream_ == Stream::kOpen) Subscribe();
        return;
      case 4:
        if (stream_ != Stream::kNone) Perform(session_.OnEvent(AnyEvent(), now_));
        return;
      case 5:
        if (stream_ == Stream::kOpen && input_.Below(2) == 0) {
          stream_ = Stream::kNone;
          Perform(session_.OnRefused(input_.OneOf(kAnswers), /*last_route=*/true, now_));
        } else if (stream_ != Stream::kNone) {
          stream_ = Stream::kNone;
          Perform(session_.OnStreamClosed(absl::UnavailableError("closed"), now_));
        }
        return;
      case 6:
        if (call_) Answer(input_.OneOf(kAnswers));
        return;
      case 7:
        if (call_) Answer(absl::UnavailableError("reset"));
        return;
    }
  }

  // What an agent does that has nothing else to do.
  void Behave() {
    if (shut_down_ && stream_ != Stream::kNone) {
      stream_ = Stream::kNone;
      return Perform(session_.OnStreamClosed(absl::UnavailableError("closed"), now_));
    }
    if (stream_ == Stream::kOpen) return Subscribe();
    if (call_) return Answer(HttpAnswer{202, ""});
    if (stream_ == Stream::kSubscribed && !unacknowledged_.empty()) {
      return Perform(session_.OnEvent(Acknowledgement(*unacknowledged_.begin()), now_));
    }
    Tick(session_.next_tick() - now_);
  }

  void Send() {
    TaskStatus status;
    const absl::string_view task = input_.OneOf(kTasks);
    status.mutable_task_id()->set_value(std::string(task));
    status.set_state(input_.OneOf(kStates));
    if (input_.Below(2) == 0)
      status.set_reason(TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
    status.set_message(std::to_string(made_));
    if (ended_.count(task) != 0) never_.insert(made_);
    if (IsTerminal(status.state())) ended_.insert(task);
    ++made_;
    Perform(session_.Send(status, now_));
  }

  void Tick(absl::Duration passed) {
    if (passed < absl::InfiniteDuration()) now_ += std::max(passed, absl::ZeroDuration());
    if (now_ < session_.next_tick()) return;
    const Session::Actions actions = session_.OnTick(now_);
    CHECK(!actions.empty() || session_.next_tick() > now_) << "would spin";
    Perform(actions);
  }

  void Subscribe() {
    Event event;
    event.set_type(Event::SUBSCRIBED);
    event.mutable_subscribed();
    stream_ = Stream::kSubscribed;
    Perform(session_.OnEvent(event, now_));
  }

  absl::StatusOr<Event> AnyEvent() {
    Event event;
    switch (input_.Below(8)) {
      case 0:
        return absl::InvalidArgumentError("no event");
      case 1:
        event.set_type(Event::LAUNCH);
        Launch(event.mutable_launch()->mutable_task());
        return event;
      case 2:
        event.set_type(Event::LAUNCH_GROUP);
        for (size_t i = input_.Below(3); i > 0; --i) {
          Launch(event.mutable_launch_group()->mutable_task_group()->add_tasks());
        }
        return event;
      case 3:
        if (unacknowledged_.empty()) return Acknowledgement(std::string(input_.Bytes(16)));
        return Acknowledgement(
            *std::next(unacknowledged_.begin(),
                       input_.Below(unacknowledged_.size() % 255 + 1) % unacknowledged_.size()));
      case 4:
        event.set_type(Event::SHUTDOWN);
        return event;
      default:
        // Of any type, with or without what belongs to it.
        if (!event.ParsePartialFromString(std::string(input_.Bytes(40))) ||
            !event.IsInitialized() || event.type() == Event::SUBSCRIBED ||
            event.type() == Event::LAUNCH || event.type() == Event::LAUNCH_GROUP) {
          event.Clear();
          event.set_type(static_cast<Event::Type>(input_.Below(Event::Type_ARRAYSIZE)));
        }
        return event;
    }
  }

  void Launch(mesos::v1::TaskInfo* task) {
    const absl::string_view id = input_.OneOf(kTasks);
    task->set_name("task");
    task->mutable_task_id()->set_value(std::string(id));
    task->mutable_agent_id()->set_value("agent");
    ended_.erase(id);
  }

  static Event Acknowledgement(const std::string& uuid) {
    Event event;
    event.set_type(Event::ACKNOWLEDGED);
    event.mutable_acknowledged()->mutable_task_id()->set_value("a");
    event.mutable_acknowledged()->set_uuid(uuid);
    return event;
  }

  void Answer(const absl::StatusOr<HttpAnswer>& answer) {
    call_ = false;
    Perform(session_.OnCallAnswered(answer, now_));
  }

  void Perform(const Session::Actions& actions) {
    for (const Session::Action& action : actions) {
      CHECK(!lost_) << "something after the end";
      std::visit([this](const auto& what) { Do(what); }, action);
    }
    if (lost_) CHECK(session_.next_tick() == absl::InfiniteFuture());
  }

  void Do(const Session::OpenStream& action) {
    CHECK(stream_ == Stream::kNone && !call_) << "two streams";
    stream_ = Stream::kOpen;
    int last = -1;
    for (const auto& update : action.call.subscribe().unacknowledged_updates()) {
      const int number = Take(update.status());
      CHECK_LT(std::exchange(last, number), number) << "order in SUBSCRIBE";
    }
  }
  void Do(const Session::PostCall& action) {
    CHECK(stream_ == Stream::kSubscribed && !call_) << "out of turn";
    call_ = true;
    if (action.call.has_update()) Take(action.call.update().status());
  }
  void Do(const Session::Disconnect&) {
    stream_ = Stream::kNone;
    call_ = false;
    // The session makes no difference between an agent that is gone and one that has forgotten.
  }
  void Do(const Session::DeliverEvent& action) {
    shut_down_ |= action.event.type() == Event::SHUTDOWN;
  }
  void Do(const Session::DeliverAcknowledged& action) { Settle(action.status); }
  void Do(const Session::DeliverRefused& action) {
    CHECK(!action.why.ok());
    Settle(action.status);
  }
  void Do(const Session::DeliverAllSettled&) {
    CHECK(unacknowledged_.empty()) << "some are left";
  }
  void Do(const Session::DeliverDisconnected& action) { CHECK(!action.why.ok()); }
  void Do(const Session::DeliverLost& action) {
    CHECK(!action.why.ok());
    lost_ = true;
  }

  // The agent gets an update. Returns its number.
  int Take(const TaskStatus& status) {
    CHECK_EQ(status.uuid().size(), 16u);
    const int number = std::stoi(status.message());
    CHECK(never_.count(number) == 0) << "an update of a task that has ended";
    const auto [taken, is_new] = taken_.emplace(status.uuid(), status.SerializeAsString());
    CHECK(taken->second == status.SerializeAsString()) << "an update has changed";
    if (is_new) {
      CHECK_LT(newest_, number) << "order, or an update under two UUIDs";
      newest_ = number;
      unacknowledged_.insert(status.uuid());
    }
    return number;
  }

  void Settle(const TaskStatus& status) {
    CHECK_EQ(unacknowledged_.erase(status.uuid()), 1u) << "told twice";
  }

  FuzzInput input_;
  uint64_t random_ = 0;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  Session session_;

  // The wire.
  Stream stream_ = Stream::kNone;
  bool call_ = false;

  // What was made: updates have numbers as messages.
  int made_ = 0;
  std::set<absl::string_view> ended_;
  std::set<int> never_;

  // What the agent has got, by UUID, and the newest number of it.
  std::map<std::string, std::string> taken_;
  int newest_ = -1;
  std::set<std::string> unacknowledged_;

  bool shut_down_ = false;
  bool lost_ = false;
};

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Life({data, size}).Run();
  return 0;
}
