#include "supervisor/event_loop/manual_event_loop.h"

#include <algorithm>

namespace mesos_executor {
namespace {

class Cancel final : public Pending {
 public:
  explicit Cancel(absl::AnyInvocable<void()> cancel) : cancel_(std::move(cancel)) {}
  ~Cancel() override { cancel_(); }

 private:
  absl::AnyInvocable<void()> cancel_;
};

}  // namespace

std::unique_ptr<Pending> ManualEventLoop::After(absl::Duration delay,
                                                absl::AnyInvocable<void()> callback) {
  const Key key(now_ + std::max(delay, absl::ZeroDuration()), next_++);
  timers_->emplace(key, std::move(callback));
  return std::make_unique<Cancel>([timers = timers_, key] { timers->erase(key); });
}

std::unique_ptr<Pending> ManualEventLoop::WatchReadable(int, absl::AnyInvocable<void()>) {
  return std::make_unique<Cancel>([] {});
}

void ManualEventLoop::Post(absl::AnyInvocable<void()> callback) {
  posted_.push_back(std::move(callback));
}

void ManualEventLoop::RunPosted() {
  while (!posted_.empty()) {
    auto callback = std::move(posted_.front());
    posted_.pop_front();
    callback();
  }
}

void ManualEventLoop::Advance(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  RunPosted();
  while (!timers_->empty() && timers_->begin()->first.first <= end) {
    auto node = timers_->extract(timers_->begin());
    now_ = std::max(now_, node.key().first);
    node.mapped()();
    RunPosted();
  }
  now_ = end;
}

}  // namespace mesos_executor
