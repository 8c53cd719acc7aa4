#include "sidecars/runtime/waiters.h"

#include <algorithm>
#include <utility>

namespace mesos_executor::sidecar {

void Waiters::Add(absl::Duration deadline, std::string late, ReplyCallback reply) {
  if (waiters_.size() == kMax) waiters_.pop_front();
  Waiter& waiter = waiters_.emplace_back();
  waiter.reply = std::move(reply);
  if (deadline > absl::ZeroDuration()) {
    // `waiter` keeps its place in the list, and takes the timer with it when it goes.
    waiter.deadline =
        loop_->After(std::max(deadline - kMargin, deadline / 2),
                     [&waiter, late = std::move(late)] { PostponeOne(waiter, late); });
  }
}

void Waiters::Postpone(const std::string& why) {
  for (Waiter& waiter : waiters_) PostponeOne(waiter, why);
}

void Waiters::PostponeOne(Waiter& waiter, const std::string& why) {
  if (std::exchange(waiter.postponed, true)) return;
  waiter.reply({lifecycle::v1::Answer::PENDING, why});
}

void Waiters::Answer(const Reply& reply) {
  for (Waiter& waiter : std::exchange(waiters_, {})) waiter.reply(reply);
}

}  // namespace mesos_executor::sidecar
