// Keeps Consul's catalogue in line with the tasks: what the sidecar runtime is told on one side, a
// Consul agent on the other.
//
// A task's services are registered from its first HEALTHY until BEFORE_TERMINATE or TERMINATED;
// what is found of one that has the same ids and isn't healthy yet is an older one's, and removed.
// While it is UNHEALTHY they stay: Consul's own check shows that. The newest word counts: whatever
// failed is tried again, with growing pauses, only as long as it is still wanted, so that a task
// that ended while Consul was away is not registered afterwards. Every 10 s, while there is a task
// to be registered, one listing of the agent's services tells what somebody removed or Consul
// forgot, and it is put back.
//
// A registration that was sent but not answered may be carried out by Consul at any later time.
// Such a task is deregistered a second time, kLateRegistration after it is gone; only then is
// TERMINATED answered with OK, and the task forgotten.
#ifndef SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_
#define SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_

#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/task_registration.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/waiters.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

class Registrar final : public sidecar::Handler {
 public:
  static constexpr absl::Duration kCompareEvery = absl::Seconds(10);
  static constexpr absl::Duration kLateRegistration = absl::Seconds(5);
  // Between attempts: doubles from the first to the last, and each is shortened at random by up to
  // a half.
  static constexpr absl::Duration kFirstPause = absl::Milliseconds(250);
  static constexpr absl::Duration kLastPause = absl::Seconds(15);
  // Without a failure for so long, Consul counts as back: one that fails now and then must not
  // flood the log.
  static constexpr absl::Duration kSteady = absl::Seconds(30);

  // From 0 (included) to 1.
  using Random = absl::AnyInvocable<double()>;

  // Loop and memory must outlive the registrar.
  Registrar(EventLoop* loop, std::unique_ptr<Client> client, sidecar::Memory* memory,
            Random random);
  ~Registrar() override;

  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override;
  // HEALTHY and BEFORE_TERMINATE: OK when done; PENDING when the first attempt failed or the
  // deadline is near; FAILED when Consul refuses, or the task's labels ask for what can't be.
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override;
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override;
  void Undo(const sidecar::TaskKey& key) override;
  void WhenIdle(absl::AnyInvocable<void()> done) override;

 private:
  struct Task;

  Task& Find(const sidecar::TaskKey& key);
  // Makes `state` the newest word on the task; the caller then calls Advance.
  void Follow(Task& task, const sidecar::TaskState& state);
  void Want(Task& task, TaskRegistration::Wish wish);
  // Takes the next step, if any is due and nothing is under way. May destroy the task.
  void Advance(Task& task);
  void OnStepDone(const sidecar::TaskKey& key, TaskRegistration::Step step, absl::Status result);
  void Retry(Task& task, const absl::Status& failure);
  void Settle(Task& task);
  // What was reached, for people.
  static std::string Done(Task& task);

  // Asks Consul for its list, unless it is being asked; then all tasks are compared with it.
  void Look();
  void OnLooked(TaskRegistration::Moment asked, const absl::StatusOr<HeldServices>& held);
  void ArmComparison();
  void NoteReachable(const absl::Status& result);

  EventLoop* const loop_;
  const std::unique_ptr<Client> client_;
  sidecar::Memory* const memory_;
  Random random_;
  std::map<sidecar::TaskKey, std::unique_ptr<Task>> tasks_;
  std::list<absl::AnyInvocable<void()>> when_idle_;
  TaskRegistration::Moment moment_ = 0;
  std::unique_ptr<Operation> look_;
  std::unique_ptr<Pending> comparison_;
  // As the log says.
  bool away_ = false;
  absl::Time last_failure_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_
