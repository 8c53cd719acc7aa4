// Whose turn it is at a back end: a bounded number of operations at once, urgent ones first.
#ifndef SIDECARS_RUNTIME_TURNS_H_
#define SIDECARS_RUNTIME_TURNS_H_

#include <list>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread, and longer than its turns. First come, first served; but what is
// urgent (an undoing) goes before all else, and finds places that nothing else may take: a back end
// that swallows registrations can't hold it up.
class Turns {
 public:
  // At least one place of each kind.
  struct Places {
    int all;
    int not_urgent;  // Less than `all`.
  };

  // Held as long as the operation goes on: destroying it gives the place, or the wait for one, up.
  class Turn : public Pending {
   public:
    virtual bool started() const = 0;
  };

  // The loop outlives it.
  Turns(EventLoop* loop, Places places);
  ~Turns();
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Calls `start` once when there is a place, never before Wait returns.
  [[nodiscard]] std::unique_ptr<Turn> Wait(bool urgent, absl::AnyInvocable<void()> start);

 private:
  class Place;

  // Starts, at the loop's next turn, as many as there are places for.
  void Arm();
  void Dispatch();
  // The one that may start now, or null.
  Place* Next();

  EventLoop* const loop_;
  const Places places_;
  // Owned by the callers.
  std::list<Place*> urgent_;
  std::list<Place*> others_;
  int taken_ = 0;
  std::unique_ptr<Pending> dispatch_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_TURNS_H_
