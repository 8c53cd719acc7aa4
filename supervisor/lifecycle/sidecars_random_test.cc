// Thousands of random lives of tasks with sidecars that do anything at any time. What must hold in
// each of them is in Life.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>

#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/lifecycle/answer.h"
#include "supervisor/lifecycle/fake_sidecar.h"
#include "supervisor/lifecycle/sidecars.h"

namespace mesos_executor::lifecycle {
namespace {

class Life final : public Sidecars::Observer {
 public:
  explicit Life(uint64_t seed) : random_(seed) {
    std::vector<Sidecars::Sidecar> configured(Below(4));
    fakes_.resize(configured.size());
    for (size_t i = 0; i < configured.size(); ++i) {
      configured[i].config.name = std::string(1, static_cast<char>('a' + i));
      configured[i].config.policy = static_cast<Policy>(Below(3));
      configured[i].mode = static_cast<Mode>(Below(3));
      fakes_[i] = std::make_unique<FakeSidecar>();
      if (configured[i].mode != Mode::kAbsent) configured[i].connector = fakes_[i]->NewConnector();
    }
    sidecars_ =
        std::make_unique<Sidecars>(&loop_, std::move(configured), v1::Task(), "incarnation", this);
  }

  void Run() {
    for (int step = 0; step < 200 && !::testing::Test::HasFailure(); ++step) {
      Step();
      for (const auto& fake : fakes_) CheckSent(*fake);
      CheckDeadline();
    }
    if (!finishing_) Finish();
    loop_.Advance(absl::Seconds(3));
    EXPECT_EQ(finished_, 1);
    sidecars_.reset();
    EXPECT_EQ(loop_.timers(), 0u);
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
        return Ask();
      case 2:
        if (Below(4) == 0) CancelAsk();
        return;
      case 3:
        if (Below(20) == 0) Finish();
        return;
      case 4:
      case 5:
        return loop_.Advance(absl::Milliseconds(Below(3000)));
      default:
        if (!fakes_.empty()) Act(*fakes_[Below(static_cast<int>(fakes_.size()))]);
        return loop_.RunPosted();
    }
  }

  void Ask() {
    if (finishing_) return;
    constexpr v1::Phase kPhases[] = {v1::BEFORE_START, v1::STARTED, v1::HEALTHY, v1::UNHEALTHY,
                                     v1::BEFORE_TERMINATE};
    const v1::Phase phase = kPhases[Below(5)];
    const bool waits = phase != v1::STARTED && phase != v1::UNHEALTHY;
    const absl::Duration cap =
        Below(2) == 0 ? absl::InfiniteDuration() : absl::Milliseconds(Below(1500));
    const int asked = ++asked_;
    due_.reset();
    if (waits) due_ = loop_.Now() + std::min(cap, absl::Seconds(10));
    sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, cap, [this, asked, phase, cap](PhaseResult result) {
      EXPECT_EQ(asked, asked_) << "a superseded phase called back";
      EXPECT_TRUE(due_.has_value())
          << "a phase that nothing waits for, or was cancelled, or is done, called back";
      EXPECT_LE(loop_.Now(), *due_);
      EXPECT_LE(result.hold, cap);
      EXPECT_GE(result.hold, absl::ZeroDuration());
      EXPECT_LE(result.environment.size(), fakes_.size() * kMaxVariables);
      EXPECT_TRUE(phase == v1::BEFORE_START || result.environment.empty());
      EXPECT_TRUE(phase != v1::BEFORE_TERMINATE || result.status.ok());
      EXPECT_TRUE(!result.status.ok() || result.outcomes.size() == fakes_.size());
      due_.reset();
    });
  }

  void CancelAsk() {
    due_.reset();
    sidecars_->CancelAsk();
  }

  void Finish() {
    if (finishing_) return;
    finishing_ = true;
    due_.reset();
    sidecars_->Finish(absl::Seconds(2), [this] { ++finished_; });
  }

  void Act(FakeSidecar& fake) {
    if (!fake.connected()) {
      fake.reachable = Below(3) > 0;
      fake.reads = Below(10) > 0;
      fake.lingers = Below(4) == 0;
      if (Below(4) == 0) fake.Exit();
      return;
    }
    switch (Below(10)) {
      case 0:
        return fake.HangUp();
      case 1:
        return fake.Flush();
      case 2:
        fake.reads = Below(10) > 0;
        return;
      case 3:
        return fake.Say(v1::SidecarMessage());
      case 4:
      case 5:
      case 6:
        return fake.Accept();
      default:
        return fake.Answer(fake.asked() + (Below(5) == 0 ? Below(5) - 2 : 0), RandomAnswer());
    }
  }

  v1::Answer RandomAnswer() {
    v1::Answer answer;
    answer.set_outcome(static_cast<v1::Answer::Outcome>(Below(5)));
    for (int i = Below(4) == 0 ? Below(100) : 0; i > 0; --i)
      answer.add_environment()->set_name("V");
    if (Below(3) == 0) answer.mutable_hold()->set_seconds(Below(200) - 20);
    return answer;
  }

  // Each connection hears attach, state, then events with rising numbers from the state's on.
  static void CheckSent(const FakeSidecar& fake) {
    uint64_t last = 0;
    for (size_t i = 0; i < fake.sent.size(); ++i) {
      const v1::SupervisorMessage& message = fake.sent[i];
      EXPECT_EQ(message.has_attach(), i == 0);
      EXPECT_EQ(message.has_state(), i == 1);
      EXPECT_TRUE(!message.has_goodbye() || i == fake.sent.size() - 1)
          << "after goodbye: " << fake.sent.back().ShortDebugString();
      if (message.has_state()) last = message.state().seq();
      if (!message.has_event()) continue;
      const bool again = i == 2 && message.event().seq() == last;
      EXPECT_TRUE(again || message.event().seq() == last + 1)
          << message.event().seq() << " after " << last;
      last = message.event().seq();
      EXPECT_GE(message.event().deadline().seconds(), 0);
      EXPECT_LE(message.event().deadline().seconds(), 10);
    }
  }

  // The loop has turned: a phase in progress can't be overdue.
  void CheckDeadline() {
    loop_.Advance(absl::ZeroDuration());
    EXPECT_TRUE(!due_.has_value() || *due_ > loop_.Now()) << "no call within the deadline";
  }

  void OnSidecarUp(const std::string&, Mode, const std::string&) override {}
  void OnSidecarDown(const std::string&, Mode, const std::string&) override {}
  void OnSidecarAnswer(const std::string&, v1::Phase, Outcome, absl::Duration took,
                       const std::string& message) override {
    EXPECT_GE(took, absl::ZeroDuration());
    EXPECT_LE(message.size(), kMaxAnswerMessage);
  }

  std::mt19937_64 random_;
  ManualEventLoop loop_;
  std::vector<std::unique_ptr<FakeSidecar>> fakes_;
  std::unique_ptr<Sidecars> sidecars_;
  int asked_ = 0;
  // When the phase in progress must have called back.
  std::optional<absl::Time> due_;
  bool finishing_ = false;
  int finished_ = 0;
};

TEST(RandomLives, KeepEveryPromise) {
  const char* const given = getenv("SEED");
  const uint64_t seed = given != nullptr ? strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "SEED=" << seed << std::endl;
  for (uint64_t i = 0; i < 3000 && !HasFailure(); ++i) {
    SCOPED_TRACE("SEED=" + std::to_string(seed) + ", life " + std::to_string(i));
    Life(seed + i).Run();
  }
}

}  // namespace
}  // namespace mesos_executor::lifecycle
