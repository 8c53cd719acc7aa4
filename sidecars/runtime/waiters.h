// The phases of a task that wait for their answers.
#ifndef SIDECARS_RUNTIME_WAITERS_H_
#define SIDECARS_RUNTIME_WAITERS_H_

#include <list>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/handler.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread.
class Waiters {
 public:
  // How long before its deadline a phase is answered at the latest.
  static constexpr absl::Duration kMargin = absl::Milliseconds(50);
  // A task that flaps while its back end is away leaves one at each change; the oldest go
  // unanswered.
  static constexpr size_t kMax = 16;

  // The loop outlives it.
  explicit Waiters(EventLoop* loop) : loop_(loop) {}
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  // `late` is told, as PENDING, when the deadline is near; zero is none.
  void Add(absl::Duration deadline, std::string late, ReplyCallback reply);
  // PENDING to all that have not heard that yet. They go on waiting.
  void Postpone(const std::string& why);
  // The last word to all.
  void Answer(const Reply& reply);
  void Answer(lifecycle::v1::Answer::Outcome outcome, const std::string& message) {
    Answer({.outcome = outcome, .message = message});
  }
  // No word to anybody.
  void Drop() { waiters_.clear(); }

 private:
  struct Waiter {
    ReplyCallback reply;
    // It was told PENDING.
    bool postponed = false;
    std::unique_ptr<Pending> deadline;
  };
  static void PostponeOne(Waiter& waiter, const std::string& why);

  EventLoop* const loop_;
  std::list<Waiter> waiters_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_WAITERS_H_
