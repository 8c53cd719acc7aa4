// An EventLoop for tests: time moves only when the test says so, and everything happens on the test's thread.
#ifndef SUPERVISOR_EVENT_LOOP_MANUAL_EVENT_LOOP_H_
#define SUPERVISOR_EVENT_LOOP_MANUAL_EVENT_LOOP_H_

#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor {

class ManualEventLoop final : public EventLoop {
 public:
  absl::Time Now() const override { return now_; }
  std::unique_ptr<Pending> After(absl::Duration delay, absl::AnyInvocable<void()> callback) override;
  // Never calls back: descriptors belong to tests with a real loop.
  std::unique_ptr<Pending> WatchReadable(int fd, absl::AnyInvocable<void()> callback) override;
  void Post(absl::AnyInvocable<void()> callback) override;

  // Calls what was posted, also what that posts, then moves time on, calling each timer at its own time.
  void Advance(absl::Duration duration);
  void RunPosted();

  // Timers that are still to come.
  size_t timers() const { return timers_->size(); }

 private:
  // Ordered by time, then by age.
  using Key = std::pair<absl::Time, int>;
  using Timers = std::map<Key, absl::AnyInvocable<void()>>;

  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  int next_ = 0;
  const std::shared_ptr<Timers> timers_ = std::make_shared<Timers>();
  std::deque<absl::AnyInvocable<void()>> posted_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_EVENT_LOOP_MANUAL_EVENT_LOOP_H_
