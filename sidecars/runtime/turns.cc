#include "sidecars/runtime/turns.h"

#include <glog/logging.h>

#include <utility>

namespace mesos_executor::sidecar {

class Turns::Place final : public Turn {
 public:
  Place(Turns* turns, bool urgent, absl::AnyInvocable<void()> start)
      : turns_(turns),
        queue_(urgent ? turns->urgent_ : turns->others_),
        start_(std::move(start)),
        waiting_(queue_.insert(queue_.end(), this)) {}
  ~Place() override {
    if (started_) {
      --turns_->taken_;
      turns_->Arm();
    } else {
      queue_.erase(waiting_);
    }
  }

  bool started() const override { return started_; }

  void Start() {
    queue_.erase(waiting_);
    started_ = true;
    ++turns_->taken_;
    // Moved out, as the callback may destroy the turn.
    auto start = std::move(start_);
    start();
  }

 private:
  Turns* const turns_;
  std::list<Place*>& queue_;
  absl::AnyInvocable<void()> start_;
  // Only until it is started.
  const std::list<Place*>::iterator waiting_;
  bool started_ = false;
};

Turns::Turns(EventLoop* loop, Places places) : loop_(loop), places_(places) {
  CHECK_GE(places.not_urgent, 1);
  CHECK_GT(places.all, places.not_urgent);
}

Turns::~Turns() { CHECK(urgent_.empty() && others_.empty() && taken_ == 0) << "turns outlive it"; }

std::unique_ptr<Turns::Turn> Turns::Wait(bool urgent, absl::AnyInvocable<void()> start) {
  auto place = std::make_unique<Place>(this, urgent, std::move(start));
  Arm();
  return place;
}

void Turns::Arm() {
  if (dispatch_ == nullptr && Next() != nullptr) {
    dispatch_ = loop_->After(absl::ZeroDuration(), [this] { Dispatch(); });
  }
}

void Turns::Dispatch() {
  // A callback may destroy turns and ask for new ones.
  while (Place* next = Next()) next->Start();
  dispatch_.reset();
}

Turns::Place* Turns::Next() {
  if (!urgent_.empty() && taken_ < places_.all) return urgent_.front();
  if (!others_.empty() && taken_ < places_.not_urgent) return others_.front();
  return nullptr;
}

}  // namespace mesos_executor::sidecar
