#include "sidecars/consul_registrar/kept_task.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using sidecar::Reply;
using Step = TaskRegistration::Step;
using Wish = TaskRegistration::Wish;

Wish WishFor(lifecycle::v1::Phase phase) {
  const bool registered = phase == lifecycle::v1::HEALTHY || phase == lifecycle::v1::UNHEALTHY;
  return registered ? Wish::kRegistered : Wish::kAbsent;
}

}  // namespace

KeptTask::KeptTask(sidecar::TaskKey key, Surroundings* surroundings)
    : key_(std::move(key)), surroundings_(surroundings), waiters_(surroundings->loop) {}

void KeptTask::Recover(const std::string& record) {
  remembered_ = record;
  if (auto status = registration_.Recover(record); !status.ok()) {
    LOG(ERROR) << "task " << key_.task_id
               << ": cannot undo what an earlier process did: " << status.message();
  }
}

void KeptTask::Define(const std::string& incarnation, absl::StatusOr<TaskDefinition> definition,
                      bool perhaps_held) {
  defined_ = definition.status();
  if (definition.ok()) {
    for (const std::string& warning : definition->warnings) {
      LOG(WARNING) << "task " << key_.task_id << ": " << warning;
    }
  }
  drain_delay_ = definition.ok() ? definition->drain_delay : absl::ZeroDuration();
  registration_.Define(incarnation, definition.ok() ? *std::move(definition) : TaskDefinition(),
                       perhaps_held);
  registration_.Distrust();
  // What failed was of another definition.
  pause_.reset();
}

void KeptTask::Follow(const sidecar::TaskState& state) {
  registration_.set_healthy(state.health == lifecycle::v1::HEALTH_HEALTHY);
  phase_ = state.phase;
  Want(WishFor(state.phase));
  if (operation_ == nullptr) registration_.ForgetRemoved();
  if (!to_be_registered()) return;
  std::string record = registration_.Record();
  if (record == remembered_) return;
  surroundings_->memory->Remember(key_, record);
  remembered_ = std::move(record);
}

void KeptTask::Want(Wish wish) {
  if (!registration_.Want(wish)) return;
  // Whoever waits for the opposite waits in vain.
  waiters_.Drop();
  pause_.reset();
  retry_.Reset();
  looking_ = false;
  // What Consul has not seen yet, it need not see. What it has seen is waited for: it must not come
  // after its own undoing.
  if (operation_ != nullptr && !operation_->sent()) operation_.reset();
}

void KeptTask::Wait(absl::Duration deadline, sidecar::ReplyCallback reply) {
  waiters_.Add(deadline,
               absl::StrCat("Consul at ", surroundings_->client->name(), " has not answered yet"),
               std::move(reply));
}

void KeptTask::Advance() {
  if (operation_ != nullptr || looking_ || pause_ != nullptr) return;
  const auto step = registration_.Next();
  if (!step.has_value()) return Settle();
  auto done = [this, step = *step](absl::Status result) { OnStepDone(step, result); };
  Client& client = *surroundings_->client;
  switch (step->kind) {
    case Step::Kind::kLook:
      looking_ = true;
      surroundings_->look();
      break;
    case Step::Kind::kRegister:
      operation_ =
          client.Register(registration_.definition(step->id), step->status, std::move(done));
      break;
    case Step::Kind::kUpdateCheck:
      operation_ = client.UpdateCheck(step->id, step->status, std::move(done));
      break;
    case Step::Kind::kDeregister:
      operation_ = client.Deregister(step->id, std::move(done));
      break;
  }
}

void KeptTask::OnStepDone(const Step& finished, const absl::Status& result) {
  // The operation owns both.
  const Step step = finished;
  const absl::Status status = result;
  operation_.reset();
  surroundings_->reachability->Note(status, surroundings_->loop->Now());
  const absl::Status failure = registration_.OnDone(step, status, ++surroundings_->moment);
  const bool deregistering = step.kind == Step::Kind::kDeregister;
  if (status.ok()) {
    VLOG(1) << "task " << key_.task_id << ": " << (deregistering ? "removed " : "wrote ")
            << step.id;
    retry_.Reset();
    if (deregistering) {
      ++deregistered_;
      last_deregistered_ = surroundings_->loop->Now();
    }
  }
  // A service that is refused doesn't hold up the others; trouble with Consul itself does.
  if (absl::IsUnavailable(failure)) return Retry(failure);
  Advance();
}

void KeptTask::Retry(const absl::Status& failure) {
  const std::string message(failure.message());
  if (absl::IsUnavailable(failure)) {
    waiters_.Postpone(message);
  } else {
    Complain(message);
    waiters_.Answer({.outcome = Answer::FAILED, .message = message});
    // Only somebody at Consul can mend that: no hurry.
    retry_.Slow();
  }
  const double random = surroundings_->random();
  const bool refused = absl::IsInvalidArgument(failure) && to_be_registered();
  Pause(refused ? kRefused * (1 - random / 2) : retry_.Next(random), [this] {
    // Those that have not been tried yet come first.
    if (!registration_.Next().has_value()) registration_.TryAgain();
    Advance();
  });
}

void KeptTask::Pause(absl::Duration duration, absl::AnyInvocable<void()> then) {
  pause_ = surroundings_->loop->After(duration, [this, then = std::move(then)]() mutable {
    // Moved out, as the timer owns it.
    auto call = std::move(then);
    pause_.reset();
    call();
  });
}

void KeptTask::Complain(const std::string& message) {
  if (logged_ != message) LOG(WARNING) << "task " << key_.task_id << ": " << message;
  logged_ = message;
}

Reply KeptTask::Done() {
  const bool registered = registration_.wish() == Wish::kRegistered;
  const int deregistered = std::exchange(deregistered_, 0);
  const size_t services = registered ? registration_.size() : deregistered;
  Reply reply;
  reply.message = services == 0 ? "nothing was left to deregister"
                                : absl::StrCat(registered ? "registered " : "deregistered ",
                                               services, services == 1 ? " service" : " services");
  if (phase_ == lifecycle::v1::BEFORE_TERMINATE) {
    reply.hold = std::max(last_deregistered_ + drain_delay_ - surroundings_->loop->Now(),
                          absl::ZeroDuration());
  }
  return reply;
}

void KeptTask::Settle() {
  if (const auto failure = registration_.failure(); !failure.ok()) return Retry(failure);
  if (gone() && registration_.has_unanswered()) {
    // As late as anything else that Consul was sent.
    const absl::Duration late = std::max(kLateRegistration, surroundings_->client->timeout());
    waiters_.Postpone(
        absl::StrCat("a registration that Consul has not answered may still come: deregistering "
                     "once more in ",
                     absl::FormatDuration(late)));
    return Pause(late, [this] {
      registration_.DeregisterAgain();
      deregistered_ = 0;
      Advance();
    });
  }
  waiters_.Answer(Done());
  if (gone()) surroundings_->finished(key_);
}

bool KeptTask::Observe(const absl::StatusOr<Holdings>& held, TaskRegistration::Moment asked) {
  const bool looked = std::exchange(looking_, false);
  if (!held.ok()) {
    if (looked) Retry(held.status());
    return false;
  }
  // What is under way will be seen the next time.
  return operation_ == nullptr && registration_.Observe(*held, asked);
}

void KeptTask::RegisterAnew() {
  registration_.RegisterAnew();
  pause_.reset();
  retry_.Reset();
}

}  // namespace mesos_executor::consul
