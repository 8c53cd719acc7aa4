// Random lives of a Session, against a model of an agent that goes away, recovers, answers late,
// and loses acknowledgements. Prints its seed; SESSION_MODEL_SEED repeats a life.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "supervisor/agent/session.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

// What an agent keeps of updates: each once, by UUID, in the order of arrival.
struct Ledger {
  void Take(const TaskStatus& status) {
    const int number = std::stoi(status.message());
    if (uuids.emplace(status.uuid(), number).second) {
      numbers.push_back(number);
    } else {
      ASSERT_EQ(uuids[status.uuid()], number) << "a UUID of two updates";
    }
  }
  std::map<std::string, int> uuids;
  std::vector<int> numbers;
};

class Life {
 public:
  explicit Life(uint64_t seed)
      : random_(seed), session_(Settings(), [this] { return random_(); }) {}

  void Run() {
    Perform(session_.Start(now_));
    const int count = Between(1, 30);
    // The troubled part, then one in which the agent behaves, which must be enough to finish.
    while (!over_ && (made_ < count || Chance(95))) {
      if (made_ < count && Chance(10)) Make(made_ + 1 == count);
      Step(/*trouble=*/true);
      ASSERT_LT(++steps_, 100'000) << "never ends";
    }
    while (!over_ && !session_.all_settled()) {
      Step(/*trouble=*/false);
      ASSERT_LT(++steps_, 100'000) << "never ends";
    }
    // Outages are shorter than the recovery timeout, and nothing else ends a checkpointed session.
    EXPECT_FALSE(over_);
    std::vector<int> made(made_);
    for (int i = 0; i < made_; ++i) made[i] = i;
    EXPECT_EQ(ledger_.numbers, made);
    EXPECT_EQ(acknowledged_.size(), static_cast<size_t>(made_)) << "each acknowledged once";
  }

 private:
  static AgentSettings Settings() {
    AgentSettings settings;
    settings.framework_id = "framework";
    settings.executor_id = "executor";
    settings.checkpoint = true;
    return settings;
  }

  int Between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool Chance(int percent) { return Between(1, 100) <= percent; }

  void Make(bool last) {
    TaskStatus status;
    status.mutable_task_id()->set_value("task");
    status.set_state(last ? mesos::v1::TASK_FINISHED : mesos::v1::TASK_RUNNING);
    status.set_message(std::to_string(made_++));
    Perform(session_.Send(status, now_));
  }

  // One thing happens, and time passes.
  void Step(bool trouble) {
    now_ += absl::Milliseconds(Between(0, trouble ? 300 : 50));
    if (trouble && Chance(1)) now_ += absl::Minutes(1);  // Time for a HEARTBEAT.
    if (now_ >= session_.next_tick()) Perform(session_.OnTick(now_));
    if (trouble && up_ && Chance(2)) return Down();
    if (!up_) {
      if (!trouble || Chance(10)) up_ = true;
      return;
    }
    const int what = Between(0, 2);
    if (what == 0 && subscribe_) return AnswerSubscribe(trouble);
    if (what == 1 && call_) return AnswerCall(trouble);
    if (what == 2 && subscribed_ && !pending_acknowledgements_.empty()) return Acknowledge(trouble);
  }

  // The agent dies: connections break, now or only when somebody writes; what it had not written
  // down is kept here, as a checkpointing agent does.
  void Down() {
    up_ = false;
    agent_knows_us_ = false;
    pending_acknowledgements_.clear();
    const bool streaming = subscribed_ || subscribe_;
    if (streaming) Perform(session_.OnStreamClosed(absl::UnavailableError("reset"), now_));
  }

  void AnswerSubscribe(bool trouble) {
    const Call call = *std::exchange(subscribe_, std::nullopt);
    if (trouble && Chance(20)) return;  // Never: only the session's own clock helps.
    if (trouble && Chance(20)) {
      return Perform(
          session_.OnRefused({503, "Agent has not finished recovery"}, /*last_route=*/true, now_));
    }
    agent_knows_us_ = true;
    for (const auto& update : call.subscribe().unacknowledged_updates()) Receive(update.status());
    if (trouble && Chance(10)) {  // Processed, but the answer is lost.
      return Perform(session_.OnStreamClosed(absl::UnavailableError("reset"), now_));
    }
    subscribed_ = true;
    Event event;
    event.set_type(Event::SUBSCRIBED);
    event.mutable_subscribed();
    Perform(session_.OnEvent(event, now_));
  }

  void AnswerCall(bool trouble) {
    const Call call = *std::exchange(call_, std::nullopt);
    if (trouble && Chance(15)) {
      const bool processed = Chance(50) && agent_knows_us_;
      if (processed) Receive(call);
      return Perform(session_.OnCallAnswered(absl::UnavailableError("reset"), now_));
    }
    if (trouble && Chance(15)) {
      return Perform(
          session_.OnCallAnswered(HttpAnswer{503, "Agent has not finished recovery"}, now_));
    }
    if (!agent_knows_us_) {
      return Perform(session_.OnCallAnswered(HttpAnswer{403, "Executor is not subscribed"}, now_));
    }
    Receive(call);
    Perform(session_.OnCallAnswered(HttpAnswer{202, ""}, now_));
  }

  void Receive(const Call& call) {
    if (call.has_update()) Receive(call.update().status());
  }

  void Receive(const TaskStatus& status) {
    ledger_.Take(status);
    pending_acknowledgements_.push_back(status.uuid());
  }

  void Acknowledge(bool trouble) {
    const size_t index = trouble ? Between(0, pending_acknowledgements_.size() - 1) : 0;
    Event event;
    event.set_type(Event::ACKNOWLEDGED);
    event.mutable_acknowledged()->mutable_task_id()->set_value("task");
    event.mutable_acknowledged()->set_uuid(pending_acknowledgements_[index]);
    pending_acknowledgements_.erase(pending_acknowledgements_.begin() + index);
    if (trouble && Chance(20)) return;  // Lost.
    Perform(session_.OnEvent(event, now_));
  }

  void Perform(Session::Actions actions) {
    for (Session::Action& action : actions) {
      if (auto* const open = std::get_if<Session::OpenStream>(&action)) {
        ASSERT_FALSE(subscribed_ || subscribe_) << "two streams";
        if (up_) {
          subscribe_ = std::move(open->call);
        } else {
          Perform(session_.OnStreamClosed(absl::UnavailableError("refused"), now_));
        }
      } else if (auto* const post = std::get_if<Session::PostCall>(&action)) {
        ASSERT_TRUE(subscribed_ && !call_) << "not subscribed, or a call is under way";
        call_ = std::move(post->call);
      } else if (std::holds_alternative<Session::Disconnect>(action)) {
        subscribed_ = false;
        subscribe_.reset();
        // What was sent may still arrive: processed, and never answered.
        if (call_ && call_->has_update() && agent_knows_us_ && Chance(30)) {
          ledger_.Take(call_->update().status());
        }
        call_.reset();
      } else if (auto* const acknowledged = std::get_if<Session::DeliverAcknowledged>(&action)) {
        const int number = std::stoi(acknowledged->status.message());
        ASSERT_TRUE(acknowledged_.insert(number).second) << "acknowledged twice";
        ASSERT_TRUE(std::count(ledger_.numbers.begin(), ledger_.numbers.end(), number));
      } else if (std::holds_alternative<Session::DeliverLost>(action)) {
        over_ = true;
      }
    }
  }

  std::mt19937_64 random_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  Session session_;
  int steps_ = 0;

  // The agent.
  bool up_ = true;
  bool agent_knows_us_ = false;
  Ledger ledger_;
  std::vector<std::string> pending_acknowledgements_;

  // The wire.
  std::optional<Call> subscribe_;
  std::optional<Call> call_;
  bool subscribed_ = false;

  // The observer.
  int made_ = 0;
  std::set<int> acknowledged_;
  bool over_ = false;
};

TEST(SessionModelTest, NoLifeLosesReordersOrRenamesAnUpdate) {
  if (const char* const seed = std::getenv("SESSION_MODEL_SEED")) {
    Life(strtoull(seed, nullptr, 10)).Run();
    return;
  }
  const uint64_t first = std::random_device()();
  for (uint64_t seed = first; seed < first + 2000; ++seed) {
    SCOPED_TRACE(testing::Message() << "SESSION_MODEL_SEED=" << seed);
    Life(seed).Run();
    if (HasFailure()) return;
  }
  std::cout << "Seeds from " << first << "\n";
}

}  // namespace
}  // namespace mesos_executor::agent
