#include "sidecars/consul_registrar/comparison.h"

#include <utility>

namespace mesos_executor::consul {

Comparison::Comparison(EventLoop* loop, Client* client, Callbacks callbacks)
    : loop_(loop), client_(client), callbacks_(std::move(callbacks)) {}

void Comparison::Look() {
  if (look_ != nullptr) return;
  callbacks_.asking();
  look_ = client_->List([this](absl::StatusOr<Holdings> held) {
    look_.reset();
    callbacks_.seen(held);
  });
}

void Comparison::Start() {
  if (timer_ != nullptr) return;
  timer_ = loop_->After(kEvery * (1 - callbacks_.random() / 4), [this] {
    timer_.reset();
    if (!callbacks_.due()) return;
    Start();
    Look();
  });
}

}  // namespace mesos_executor::consul
