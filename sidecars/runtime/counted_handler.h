// Counts what a sidecar answers.
#ifndef SIDECARS_RUNTIME_COUNTED_HANDLER_H_
#define SIDECARS_RUNTIME_COUNTED_HANDLER_H_

#include <string>

#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/metrics.h"

namespace mesos_executor::sidecar {

// Passes every call on to another handler and counts the answers to each phase:
// mesos_sidecar_events_total{phase,outcome}. An event may have two: pending, then ok.
class CountedHandler final : public Handler {
 public:
  // Both outlive it, and the metrics the last answer.
  CountedHandler(Handler* handler, Metrics* metrics) : handler_(*handler), metrics_(*metrics) {}

  void OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
               const TaskState& state) override {
    handler_.OnState(key, attach, state);
  }
  void OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
               ReplyCallback reply) override;
  void OnRecovered(const TaskKey& key, const std::string& record) override {
    handler_.OnRecovered(key, record);
  }
  void Undo(const TaskKey& key) override { handler_.Undo(key); }
  void WhenIdle(absl::AnyInvocable<void()> done) override { handler_.WhenIdle(std::move(done)); }

 private:
  Handler& handler_;
  Metrics& metrics_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_COUNTED_HANDLER_H_
