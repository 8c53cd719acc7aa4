#include "integration/dev_agent/fault_injector.h"

#include <utility>

namespace mesos_executor::dev_agent {
namespace {

// With a real agent's text, where the plan has none.
Answer Completed(const AnswerInstead& fault) {
  Answer answer{.code = fault.code, .body = fault.text};
  if (answer.code == 401) {
    answer.header =
        "WWW-Authenticate: Basic realm=\"mesos-agent-executor\",Bearer "
        "realm=\"mesos-agent-executor\"";
  }
  if (!answer.body.empty()) return answer;
  constexpr struct {
    int code;
    const char* text;
  } kTexts[] = {{400, "Framework cannot be found"},      {401, "401 Unauthorized."},
                {403, "Executor is not subscribed"},     {404, "404 Not Found."},
                {500, "500 Internal Server Error."},     {501, "501 Not Implemented."},
                {503, "Agent has not finished recovery"}};
  for (const auto& [code, text] : kTexts) {
    if (code == answer.code) answer.body = text;
  }
  return answer;
}

template <typename E>
const E* First(const FaultPlan& plan) {
  for (const Fault& fault : plan) {
    if (const E* effect = std::get_if<E>(&fault.effect)) return effect;
  }
  return nullptr;
}

bool OfTheAgent(const Effect& effect) {
  return std::holds_alternative<Freeze>(effect) || std::holds_alternative<BreakStream>(effect) ||
         std::holds_alternative<Restart>(effect);
}

}  // namespace

void FaultInjector::Add(const FaultPlan& plan) {
  script_.Add(plan);
  for (const Fault& fault : plan) {
    if (fault.trigger.kind != Trigger::Kind::kTime) continue;
    if (launched_) {
      At(fault);
    } else {
      before_launch_.push_back(fault);
    }
  }
}

void FaultInjector::OnLaunch() {
  launched_ = loop_->Now();
  for (const Fault& fault : std::exchange(before_launch_, {})) At(fault);
}

void FaultInjector::At(const Fault& fault) {
  const absl::Duration left = *launched_ + fault.trigger.time - loop_->Now();
  timers_.push_back(loop_->After(left, [this, fault] {
    victim_.struck(fault);
    Strike(fault.effect);
  }));
}

void FaultInjector::Strike(const Effect& effect) {
  if (const auto* freeze = std::get_if<Freeze>(&effect)) FreezeFor(*freeze);
  if (std::holds_alternative<BreakStream>(effect)) victim_.break_stream();
  if (const auto* restart = std::get_if<Restart>(&effect)) victim_.restart(*restart);
}

void FaultInjector::FreezeFor(const Freeze& freeze) {
  victim_.freeze(freeze.stop_reading);
  thaw_ = loop_->After(freeze.time, [this] {
    const auto timer = std::move(thaw_);
    for (auto& take : std::exchange(waiting_, {})) take();
    victim_.thaw();
  });
}

void FaultInjector::OnAgentDied() {
  thaw_.reset();
  waiting_.clear();
  victim_.thaw();
}

std::optional<CutAnswer> FaultInjector::OnConnection() {
  const FaultPlan plan = script_.On(Trigger::Kind::kConnect);
  for (const Fault& fault : plan) {
    victim_.struck(fault);
    Strike(fault.effect);
  }
  const auto* cut = First<CutAnswer>(plan);
  return cut == nullptr ? std::nullopt : std::make_optional(*cut);
}

void FaultInjector::OnCall(Trigger::Kind kind, Exchange& exchange, absl::AnyInvocable<void()> take,
                           absl::AnyInvocable<void(Answer)> refuse) {
  const FaultPlan plan = script_.On(kind);
  bool dies = false;
  std::vector<const Effect*> after;
  for (const Fault& fault : plan) {
    victim_.struck(fault);
    if (!OfTheAgent(fault.effect)) continue;
    if (fault.trigger.after) {
      after.push_back(&fault.effect);
    } else {
      Strike(fault.effect);
      dies |= std::holds_alternative<Restart>(fault.effect);
    }
  }
  // The call's connection is gone.
  if (dies) return;
  for (const Fault& fault : plan) {
    if (std::holds_alternative<IgnoreCall>(fault.effect)) return;
    if (const auto* answer = std::get_if<AnswerInstead>(&fault.effect)) {
      take = [refuse = std::move(refuse), answer = Completed(*answer)]() mutable {
        refuse(std::move(answer));
      };
      break;
    }
  }
  const auto* delay = First<DelayAnswer>(plan);
  const auto* cut = First<CutAnswer>(plan);
  if (delay != nullptr || cut != nullptr) {
    exchange.Spoil(delay == nullptr ? absl::ZeroDuration() : delay->by,
                   cut == nullptr ? std::nullopt : std::make_optional(*cut));
  }
  if (thaw_) {
    waiting_.push_back(std::move(take));
    return;
  }
  if (after.empty()) {
    take();
    return;
  }
  // Nothing of what the call brings about leaves the agent before the fault.
  victim_.freeze(/*stop_reading=*/false);
  take();
  for (const Effect* effect : after) Strike(*effect);
  if (!thaw_) victim_.thaw();
}

}  // namespace mesos_executor::dev_agent
