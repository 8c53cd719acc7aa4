#include "integration/lifecycle/simulated_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor::lifecycle {
namespace {

// How often the sidecar looks.
constexpr absl::Duration kStep = absl::Milliseconds(50);
constexpr absl::Duration kSlowness = absl::Milliseconds(1500);
// The executor's (supervisor/task/limits.h).
constexpr absl::Duration kFlush = absl::Seconds(2);
// What the contract promises of one that can be reached again, and of a private one whose start
// failed time and again.
constexpr absl::Duration kBack = absl::Seconds(2);
constexpr absl::Duration kPrivateBack = absl::Seconds(30);
constexpr int kManyAnswers = 1000;

absl::Duration DeadlineOf(v1::Phase phase) {
  const SidecarConfig defaults;
  switch (phase) {
    case v1::BEFORE_START:
      return defaults.before_start;
    case v1::HEALTHY:
      return defaults.healthy;
    case v1::BEFORE_TERMINATE:
      return defaults.before_terminate;
    default:
      return kFlush;
  }
}

std::string Waited(absl::Duration took, v1::Phase phase) {
  if (took == absl::ZeroDuration()) return "goes on";
  if (took == kSlowness) return "when it answers";
  if (took == DeadlineOf(phase)) return "deadline";
  if (took < absl::Seconds(1)) return "within 1 s";
  return absl::StrCat("after ", absl::FormatDuration(took));
}

}  // namespace

std::string SimulatedLife::Run() {
  if (fault_ == Fault::kAbsent) faulty_ = true;
  if (OfConnection(fault_) && column_.phase == v1::BEFORE_START) faulty_ = true;
  fake_.reachable = !faulty_ || (fault_ != Fault::kDown && fault_ != Fault::kForbidden);
  Start();
  for (const v1::Phase phase :
       {v1::BEFORE_START, v1::STARTED, v1::HEALTHY, v1::UNHEALTHY, v1::BEFORE_TERMINATE}) {
    if (phase >= column_.phase) break;
    Tell(phase);
    Live(absl::Seconds(10), &SimulatedLife::Never);
  }
  if (OfConnection(fault_) && !faulty_) {
    faulty_ = true;
    fake_.reachable = fault_ != Fault::kDown && fault_ != Fault::kForbidden;
    HangUp();
    Live(absl::Seconds(10), &SimulatedLife::Never);
  }
  faulty_ = true;
  if (column_.phase == v1::TERMINATED) return Waited(End(), v1::TERMINATED);

  const absl::Duration took = Tell(column_.phase);
  std::string cell = Waited(took, column_.phase);
  const bool failed = result_.has_value() && !result_->status.ok();
  if (failed) {
    EXPECT_THAT(std::string(result_->status.message()),
                ::testing::HasSubstr("required sidecar broken "));
    cell = took == absl::ZeroDuration() ? "FAILED" : cell + ": FAILED";
  } else if (fault_ != Fault::kAbsent) {
    // One that hasn't accepted in 5 s would be tried again as soon.
    faulty_ = false;
    fake_.reachable = true;
    Live(column_.mode == Mode::kHost ? kBack : kPrivateBack, &SimulatedLife::Knows);
    EXPECT_TRUE(Knows()) << "it is not back, or was not told the phase";
  }
  EXPECT_LE(End(), kFlush);
  return cell;
}

void SimulatedLife::Start() {
  std::vector<Sidecars::Sidecar> configured(1);
  configured[0].config.name = "broken";
  configured[0].config.policy = column_.policy;
  configured[0].mode = fault_ == Fault::kAbsent ? Mode::kAbsent : column_.mode;
  configured[0].why = "nothing there";
  if (fault_ != Fault::kAbsent) configured[0].connector = fake_.NewConnector();
  sidecars_.emplace(&loop_, std::move(configured), v1::Task(), "incarnation", this);
}

absl::Duration SimulatedLife::Tell(v1::Phase phase) {
  phase_ = phase;
  result_.reset();
  const absl::Time asked = loop_.Now();
  sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, absl::InfiniteDuration(), [this](PhaseResult result) {
    result_ = std::move(result);
    result_at_ = loop_.Now();
  });
  if (phase == v1::STARTED || phase == v1::UNHEALTHY) {
    Live(absl::Seconds(1), &SimulatedLife::Never);
    EXPECT_FALSE(result_.has_value()) << "nothing waits for " << PhaseName(phase);
    return absl::ZeroDuration();
  }
  Live(absl::Minutes(1), &SimulatedLife::HasResult);
  EXPECT_TRUE(result_.has_value()) << "it waits for ever at " << PhaseName(phase);
  return result_.has_value() ? result_at_ - asked : absl::InfiniteDuration();
}

absl::Duration SimulatedLife::End() {
  phase_ = v1::TERMINATED;
  const absl::Time told = loop_.Now();
  sidecars_->Finish(kFlush, [this] {
    ended_ = true;
    ended_at_ = loop_.Now();
  });
  Live(absl::Minutes(1), &SimulatedLife::HasEnded);
  EXPECT_TRUE(ended_);
  sidecars_.reset();
  return ended_ ? ended_at_ - told : absl::InfiniteDuration();
}

void SimulatedLife::Live(absl::Duration longest, bool (SimulatedLife::*until)() const) {
  const absl::Time end = loop_.Now() + longest;
  for (;;) {
    // What takes no time: a connection, what is said on it, and what follows from that.
    for (int i = 0; i < 4; ++i) {
      loop_.Advance(absl::ZeroDuration());
      Serve();
    }
    if ((this->*until)() || loop_.Now() >= end) return;
    loop_.Advance(kStep);
  }
}

bool SimulatedLife::Knows() const {
  if (!fake_.connected() || !accepted_) return false;
  for (const v1::SupervisorMessage& message : fake_.sent) {
    if (message.state().phase() == phase_ || message.event().phase() == phase_) return true;
  }
  return false;
}

void SimulatedLife::Serve() {
  if (!fake_.connected()) return;
  if (std::exchange(connection_, fake_.connections) != fake_.connections) {
    accepted_ = flushed_ = false;
    event_ = 0;
  }
  if (!accepted_ && faulty_ && OfConnection(fault_)) {
    ServeBadConnection();
  } else if (!accepted_) {
    accepted_ = true;
    fake_.Accept();
  }
  if (!fake_.connected()) return;
  if (fake_.writes_closed && !std::exchange(flushed_, true)) fake_.Flush();
  const uint64_t asked = fake_.asked();
  if (!accepted_ || asked == event_) return;
  event_ = asked;
  if (faulty_) {
    Misbehave(asked);
  } else {
    Answer(asked, v1::Answer::OK);
  }
}

void SimulatedLife::ServeBadConnection() {
  v1::SidecarMessage attached;
  switch (fault_) {
    case Fault::kNeverAccepts:
      return;
    case Fault::kUnofferedVersion:
      attached.mutable_attached()->set_protocol(2);
      return fake_.Say(std::move(attached));
    case Fault::kAcceptsTwice:
      fake_.Accept();
      return fake_.Accept();
    case Fault::kAnswersFirst:
      return fake_.Answer(1, v1::Answer::OK);
    default:
      return HangUp();
  }
}

void SimulatedLife::Misbehave(uint64_t seq) {
  switch (fault_) {
    case Fault::kSlow:
      later_ = loop_.After(kSlowness, [this, seq] {
        if (fake_.connected()) Answer(seq, v1::Answer::OK);
      });
      return;
    case Fault::kHangs:
    case Fault::kStopsReading:
      return;
    case Fault::kDiesBefore:
    case Fault::kDiesWhile:
      fake_.reachable = false;
      return HangUp();
    case Fault::kDiesAfter:
      fake_.reachable = false;
      Answer(seq, v1::Answer::OK);
      return HangUp();
    case Fault::kRestarts:
      fake_.reachable = false;
      faulty_ = false;
      later_ = loop_.After(absl::Milliseconds(100), [this] { fake_.reachable = true; });
      return HangUp();
    case Fault::kReplaced:
      faulty_ = false;
      return HangUp();
    case Fault::kFails:
      return Answer(seq, v1::Answer::FAILED);
    case Fault::kPends:
      return Answer(seq, v1::Answer::PENDING);
    case Fault::kUnknownOutcome:
      return Answer(seq, static_cast<v1::Answer::Outcome>(77));
    case Fault::kTwice:
      Answer(seq, v1::Answer::OK);
      return Answer(seq, v1::Answer::FAILED);
    case Fault::kWrongNumber:
      Answer(seq - 1, v1::Answer::FAILED);
      return Answer(seq + 1, v1::Answer::FAILED);
    case Fault::kBadName:
      return AnswerWithVariables(seq, 1, "BAD-NAME");
    case Fault::kTooManyVariables:
      return AnswerWithVariables(seq, 65, "V");
    case Fault::kTooLong:
      // gRPC ends the stream of a message that is longer than may be.
      return HangUp();
    case Fault::kFloods:
      for (int i = 0; i < kManyAnswers; ++i) Answer(seq + 1, v1::Answer::FAILED);
      return;
    default:
      return Answer(seq, v1::Answer::OK);
  }
}

void SimulatedLife::Answer(uint64_t seq, v1::Answer::Outcome outcome) {
  if (fake_.connected()) fake_.Answer(seq, outcome);
}

void SimulatedLife::AnswerWithVariables(uint64_t seq, int count, const std::string& name) {
  v1::Answer answer;
  answer.set_outcome(v1::Answer::OK);
  for (int i = 0; i < count; ++i) answer.add_environment()->set_name(name);
  fake_.Answer(seq, std::move(answer));
}

void SimulatedLife::HangUp() {
  if (fake_.connected()) fake_.HangUp();
  fake_.Exit();
}

}  // namespace mesos_executor::lifecycle
