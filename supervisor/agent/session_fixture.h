// For tests of Session: actions as words, so that a test reads like a log.
#ifndef SUPERVISOR_AGENT_SESSION_FIXTURE_H_
#define SUPERVISOR_AGENT_SESSION_FIXTURE_H_

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/agent/session.h"

namespace mesos_executor::agent {

inline const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);
// Long enough for a stream that breaks to be subscribed again at once.
constexpr absl::Duration kLong = absl::Minutes(1);

// An action as a word or two.
struct Words {
  std::string operator()(const Session::OpenStream& action) const {
    EXPECT_EQ(action.call.type(), mesos::v1::executor::Call::SUBSCRIBE);
    EXPECT_TRUE(action.call.has_subscribe());
    std::string words = "SUBSCRIBE";
    for (const auto& task : action.call.subscribe().unacknowledged_tasks()) {
      absl::StrAppend(&words, " ", task.task_id().value());
    }
    for (const auto& update : action.call.subscribe().unacknowledged_updates()) {
      absl::StrAppend(&words, " ", TaskState_Name(update.status().state()));
    }
    return words;
  }
  std::string operator()(const Session::PostCall& action) const {
    if (action.call.type() == mesos::v1::executor::Call::HEARTBEAT) return "HEARTBEAT";
    return absl::StrCat("UPDATE ", TaskState_Name(action.call.update().status().state()));
  }
  std::string operator()(const Session::Disconnect&) const { return "disconnect"; }
  std::string operator()(const Session::DeliverEvent& action) const {
    return mesos::v1::executor::Event::Type_Name(action.event.type());
  }
  std::string operator()(const Session::DeliverAcknowledged& action) const {
    return absl::StrCat("acknowledged ", TaskState_Name(action.status.state()));
  }
  std::string operator()(const Session::DeliverRefused& action) const {
    return absl::StrCat("refused ", TaskState_Name(action.status.state()), ": ",
                        action.why.message());
  }
  std::string operator()(const Session::DeliverAllSettled& action) const {
    return action.terminal_refused ? "all settled, the end refused" : "all settled";
  }
  std::string operator()(const Session::DeliverDisconnected&) const { return "disconnected"; }
  std::string operator()(const Session::DeliverLost&) const { return "lost"; }
};

inline std::string Text(const Session::Actions& actions) {
  return absl::StrJoin(actions, ", ", [](std::string* out, const Session::Action& action) {
    out->append(std::visit(Words(), action));
  });
}

inline mesos::v1::executor::Event Make(mesos::v1::executor::Event::Type type) {
  mesos::v1::executor::Event event;
  event.set_type(type);
  using mesos::v1::executor::Event;
  switch (type) {
    case Event::SUBSCRIBED:
      event.mutable_subscribed();
      break;
    case Event::LAUNCH:
      event.mutable_launch()->mutable_task()->mutable_task_id()->set_value("task");
      break;
    case Event::LAUNCH_GROUP:
      for (const char* id : {"one", "two"}) {
        auto* const group = event.mutable_launch_group()->mutable_task_group();
        group->add_tasks()->mutable_task_id()->set_value(id);
      }
      break;
    case Event::KILL:
      event.mutable_kill()->mutable_task_id()->set_value("task");
      break;
    case Event::MESSAGE:
      event.mutable_message()->set_data("data");
      break;
    default:
      break;
  }
  return event;
}

inline mesos::v1::TaskStatus StatusOf(mesos::v1::TaskState state) {
  mesos::v1::TaskStatus status;
  status.mutable_task_id()->set_value("task");
  status.set_state(state);
  return status;
}

inline AgentSettings SettingsOf(bool checkpoint) {
  AgentSettings settings;
  settings.framework_id = "framework";
  settings.executor_id = "executor";
  settings.checkpoint = checkpoint;
  return settings;
}

// A session in simulated time; the test is its agent and its task.
class SessionFixture : public testing::Test {
 protected:
  using TaskStatus = mesos::v1::TaskStatus;
  using Call = mesos::v1::executor::Call;
  using Event = mesos::v1::executor::Event;

  void Create(bool checkpoint) {
    session_.emplace(SettingsOf(checkpoint),
                     [generator = std::mt19937_64(1)]() mutable { return generator(); });
  }
  // Subscribed for so long that the next break isn't thought strange.
  void Subscribe(bool checkpoint) {
    Create(checkpoint);
    ASSERT_EQ(Text(session_->Start(now_)), "SUBSCRIBE");
    ASSERT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
    now_ += kLong;
  }

  std::string On(absl::StatusOr<Event> event) {
    return Text(session_->OnEvent(std::move(event), now_));
  }
  std::string Answer(int code, const std::string& body = "") {
    return Text(session_->OnCallAnswered(HttpAnswer{code, body}, now_));
  }
  std::string Refuse(int code, const std::string& body = "") {
    return Text(session_->OnRefused({code, body}, last_route_, now_));
  }
  std::string Break() {
    return Text(session_->OnStreamClosed(absl::UnavailableError("reset"), now_));
  }
  std::string Tick() {
    now_ = session_->next_tick();
    return Text(session_->OnTick(now_));
  }
  // Returns the UUID if the update is sent at once.
  std::string Send(mesos::v1::TaskState state) {
    const auto actions = session_->Send(StatusOf(state), now_);
    EXPECT_EQ(Text(actions), absl::StrCat("UPDATE ", TaskState_Name(state)));
    return std::get<Session::PostCall>(actions.front()).call.update().status().uuid();
  }
  std::string Acknowledge(const std::string& uuid) {
    Event event;
    event.set_type(Event::ACKNOWLEDGED);
    event.mutable_acknowledged()->mutable_task_id()->set_value("task");
    event.mutable_acknowledged()->set_uuid(uuid);
    return On(event);
  }

  absl::Time now_ = kStart;
  bool last_route_ = true;
  std::optional<Session> session_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_SESSION_FIXTURE_H_
