// One task that Consul is kept in line with: carries out the steps of its TaskRegistration, one
// after the other, and answers the phases that wait for them.
#ifndef SIDECARS_CONSUL_REGISTRAR_KEPT_TASK_H_
#define SIDECARS_CONSUL_REGISTRAR_KEPT_TASK_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/reachability.h"
#include "sidecars/consul_registrar/task_registration.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/retry_pause.h"
#include "sidecars/runtime/waiters.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

// Lives on the loop's thread.
class KeptTask {
 public:
  // The least time after which a registration that was not answered is undone once more.
  static constexpr absl::Duration kLateRegistration = absl::Seconds(5);

  // The longest pause before a registration that Consul refused for good is tried once more: the
  // refusal may have been a proxy's. Shortened at random by up to a half.
  static constexpr absl::Duration kRefused = absl::Minutes(2);

  // What all tasks share; outlives them.
  struct Surroundings {
    EventLoop* loop;
    Client* client;
    sidecar::Memory* memory;
    Reachability* reachability;
    // From 0 (included) to 1.
    absl::AnyInvocable<double()> random;
    // Asks for a listing; Observe then tells what came of it.
    absl::AnyInvocable<void()> look;
    // The task is gone and nothing is left of it: it is to be destroyed.
    absl::AnyInvocable<void(const sidecar::TaskKey&)> finished;
    TaskRegistration::Moment moment = 0;
  };

  KeptTask(sidecar::TaskKey key, Surroundings* surroundings);
  KeptTask(const KeptTask&) = delete;
  KeptTask& operator=(const KeptTask&) = delete;

  void Recover(const std::string& record);
  // The definition that holds from now on, or why there is none.
  void Define(const std::string& incarnation, absl::StatusOr<TaskDefinition> definition,
              bool perhaps_held);

  // Why nothing can be registered, or OK.
  const absl::Status& defined() const { return defined_; }
  bool asks_for_something() const { return registration_.size() > 0; }
  bool gone() const { return phase_ == lifecycle::v1::TERMINATED; }
  bool to_be_registered() const {
    return registration_.wish() == TaskRegistration::Wish::kRegistered && asks_for_something();
  }
  size_t held() const { return registration_.held(); }

  // Makes `state` the newest word on the task. Advance comes after it, by the caller.
  void Follow(const sidecar::TaskState& state);
  // `reply` is answered when all is as Follow made it wanted: see Waiters.
  void Wait(absl::Duration deadline, sidecar::ReplyCallback reply);
  // Takes the next step, if any is due and nothing is under way. May destroy the task.
  void Advance();

  // What Consul held at `asked`, or why it doesn't say; true if that was not as believed. Advance
  // comes after it, by the caller.
  bool Observe(const absl::StatusOr<Holdings>& held, TaskRegistration::Moment asked);
  // See TaskRegistration. Advance comes after each, by the caller.
  void RegisterAnew();
  void RenewChecks() { registration_.RenewChecks(); }

 private:
  void Want(TaskRegistration::Wish wish);
  void OnStepDone(const TaskRegistration::Step& step, const absl::Status& result);
  void Retry(const absl::Status& failure);
  void Pause(absl::Duration duration, absl::AnyInvocable<void()> then);
  void Settle();
  void Complain(const std::string& message);
  // What was reached, for people, and how long SIGTERM should wait for others to learn of it.
  sidecar::Reply Done();

  const sidecar::TaskKey key_;
  Surroundings* const surroundings_;
  TaskRegistration registration_;
  absl::Status defined_;
  absl::Duration drain_delay_;
  lifecycle::v1::Phase phase_ = lifecycle::v1::PHASE_UNSPECIFIED;
  // What Memory holds for it.
  std::string remembered_;
  // At most one of these three is going on.
  std::unique_ptr<Operation> operation_;
  bool looking_ = false;
  std::unique_ptr<Pending> pause_;
  sidecar::RetryPause retry_;
  // Services, since that was last told, and when the last one was.
  int deregistered_ = 0;
  absl::Time last_deregistered_ = absl::InfinitePast();
  // So that each trouble is logged once.
  std::string logged_;
  sidecar::Waiters waiters_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_KEPT_TASK_H_
