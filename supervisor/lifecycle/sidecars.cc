#include "supervisor/lifecycle/sidecars.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

namespace mesos_executor::lifecycle {
namespace {

bool Waits(v1::Phase phase) {
  return phase == v1::BEFORE_START || phase == v1::HEALTHY || phase == v1::BEFORE_TERMINATE;
}

absl::Duration Deadline(const SidecarConfig& config, v1::Phase phase) {
  switch (phase) {
    case v1::BEFORE_START:
      return config.before_start;
    case v1::HEALTHY:
      return config.healthy;
    case v1::BEFORE_TERMINATE:
      return config.before_terminate;
    default:
      return absl::ZeroDuration();
  }
}

}  // namespace

Sidecars::Sidecars(EventLoop* loop, std::vector<Sidecar> sidecars, v1::Task task,
                   std::string incarnation, Observer* observer)
    : loop_(loop), observer_(observer) {
  SidecarLink::Listener* const listener = this;
  const auto shared_task = std::make_shared<const v1::Task>(std::move(task));
  for (Sidecar& sidecar : sidecars) {
    Entry& entry = entries_.emplace_back();
    entry.config = std::move(sidecar.config);
    if (sidecar.mode == Mode::kAbsent) {
      entry.why_absent = std::move(sidecar.why);
      continue;
    }
    entry.link = std::make_unique<SidecarLink>(loop_, sidecar.mode, std::move(sidecar.connector),
                                               Session(shared_task, incarnation), listener);
  }
  report_absent_ = loop_->After(absl::ZeroDuration(), [this] {
    for (const Entry& entry : entries_) {
      if (entry.link == nullptr)
        observer_->OnSidecarDown(entry.config.name, Mode::kAbsent, entry.why_absent);
    }
  });
}

bool Sidecars::Has(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.config.name == name && entry.link != nullptr;
  });
}

PhaseRound::Participant Sidecars::Participant(const Entry& entry, v1::Phase phase) const {
  bool required = false;
  if (phase == v1::BEFORE_START) {
    // One that is nowhere can't ever do what is required of it: better not to start than to be
    // killed when healthy.
    const bool absent = entry.link == nullptr;
    required = entry.config.policy == Policy::kRequired ||
               (absent && entry.config.policy == Policy::kRequiredHealthy);
  } else if (phase == v1::HEALTHY) {
    required = entry.config.policy == Policy::kRequiredHealthy && !was_healthy_;
  }
  return {entry.config.name, required, Deadline(entry.config, phase)};
}

void Sidecars::Ask(v1::Phase phase, v1::Health health, absl::Duration cap,
                   absl::AnyInvocable<void(PhaseResult)> done) {
  CHECK(finish_done_ == nullptr) << PhaseName(phase) << " after Finish";
  CancelAsk();
  health_ = health;
  std::vector<PhaseRound::Participant> participants;
  for (const Entry& entry : entries_) participants.push_back(Participant(entry, phase));
  if (Waits(phase)) {
    asking_.emplace(Asking{PhaseRound(phase, participants, cap, loop_->Now()), phase,
                           std::move(done), nullptr});
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    SidecarLink* const link = entries_[i].link.get();
    if (link != nullptr) {
      link->Ask(phase, health, {std::min(participants[i].deadline, cap), participants[i].required});
    }
    if (!asking_.has_value()) continue;
    if (link == nullptr) {
      asking_->round.OnAbsent(i, entries_[i].why_absent, loop_->Now());
    } else if (link->down()) {
      asking_->round.OnDown(i, link->why(), loop_->Now());
    }
  }
  if (asking_.has_value()) ArmAsking();
}

void Sidecars::CancelAsk() {
  asking_.reset();
  for (const Entry& entry : entries_) {
    if (entry.link != nullptr) entry.link->StopWaiting();
  }
}

void Sidecars::Finish(absl::Duration bound, absl::AnyInvocable<void()> done) {
  CHECK(finish_done_ == nullptr) << "Finish comes once";
  CancelAsk();
  finish_done_ = std::move(done);
  finish_timer_ = loop_->After(bound, [this] { std::exchange(finish_done_, [] {})(); });
  for (Entry& entry : entries_) {
    if (entry.link == nullptr) {
      entry.finished = true;
    } else {
      entry.link->Finish(health_, bound);
    }
  }
  FinishIfAllHave();
}

void Sidecars::FinishIfAllHave() {
  const bool all = std::all_of(entries_.begin(), entries_.end(),
                               [](const Entry& entry) { return entry.finished; });
  if (!all || finish_timer_ == nullptr) return;
  finish_timer_ =
      loop_->After(absl::ZeroDuration(), [this] { std::exchange(finish_done_, [] {})(); });
}

size_t Sidecars::Index(const SidecarLink* link) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.link.get() == link; });
  CHECK(entry != entries_.end());
  return entry - entries_.begin();
}

void Sidecars::OnUp(SidecarLink* link, const v1::Attached& sidecar) {
  Entry& entry = entries_[Index(link)];
  entry.told_down = false;
  observer_->OnSidecarUp(entry.config.name, link->mode(), sidecar.version());
}

void Sidecars::OnLost(SidecarLink* link, const std::string& why) {
  const size_t i = Index(link);
  Entry& entry = entries_[i];
  const bool expected = finish_done_ != nullptr;
  if (!expected && !std::exchange(entry.told_down, true)) {
    observer_->OnSidecarDown(entry.config.name, link->mode(), why);
  }
  if (!asking_.has_value() || !link->down()) return;
  asking_->round.OnDown(i, why, loop_->Now());
  ArmAsking();
}

void Sidecars::OnAnswer(SidecarLink* link, v1::Phase phase, const v1::Answer& answer,
                        absl::Duration took) {
  const size_t i = Index(link);
  observer_->OnSidecarAnswer(entries_[i].config.name, phase, OutcomeOf(answer), took,
                             answer.message());
  if (!asking_.has_value()) return;
  asking_->round.OnAnswer(i, answer, loop_->Now());
  ArmAsking();
}

void Sidecars::OnFinished(SidecarLink* link) {
  entries_[Index(link)].finished = true;
  FinishIfAllHave();
}

void Sidecars::ArmAsking() {
  const absl::Time next = asking_->round.next_deadline().value_or(loop_->Now());
  asking_->timer = loop_->After(next - loop_->Now(), [this] { OnAskingTimer(); });
}

void Sidecars::OnAskingTimer() {
  asking_->round.OnTime(loop_->Now());
  if (!asking_->round.ended()) {
    ArmAsking();
    return;
  }
  Asking asked = *std::exchange(asking_, std::nullopt);
  CancelAsk();
  PhaseResult result = asked.round.Result(loop_->Now());
  if (asked.phase == v1::HEALTHY && result.status.ok()) was_healthy_ = true;
  for (const SidecarOutcome& outcome : result.outcomes) {
    // The observer has heard the answers.
    if (outcome.outcome != Outcome::kTimedOut && outcome.outcome != Outcome::kDown) continue;
    observer_->OnSidecarAnswer(outcome.name, asked.phase, outcome.outcome, outcome.took,
                               outcome.message);
  }
  asked.done(std::move(result));
}

}  // namespace mesos_executor::lifecycle
