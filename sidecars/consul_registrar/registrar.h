// Keeps Consul's catalogue in line with the tasks: what the sidecar runtime is told on one side, a
// Consul agent on the other.
//
// A task's services are registered from its first HEALTHY until BEFORE_TERMINATE or TERMINATED;
// what is found of one that has the same ids and isn't healthy yet is an older one's, and removed.
// While it is UNHEALTHY they stay: Consul's own check shows that, or a TTL check is told so. The
// newest word counts: whatever failed is tried again, with growing pauses, only as long as it is
// still wanted, so that a task that ended while Consul was away is not registered afterwards.
//
// Every 10 s, while there is a task to be registered, one listing of the agent's services and
// checks tells what somebody removed or changed, or Consul forgot, and it is put back. A new token
// registers everything anew.
//
// A registration that was sent but not answered may be carried out by Consul at any later time; of
// those that an earlier process knew, nobody can tell. Such a task is deregistered a second time,
// some seconds after it is gone; only then is TERMINATED answered with OK, and the task forgotten.
#ifndef SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_
#define SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_

#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/comparison.h"
#include "sidecars/consul_registrar/kept_task.h"
#include "sidecars/consul_registrar/reachability.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/metrics.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

class Registrar final : public sidecar::Handler {
 public:
  struct Parts {
    EventLoop* loop;
    std::unique_ptr<Client> client;
    sidecar::Memory* memory;
    sidecar::Metrics* metrics;
    // From 0 (included) to 1.
    double (*random)();
    // See ConsulSettings.
    absl::Duration deregister_critical_after = absl::Minutes(15);
  };

  // Loop, memory and metrics must outlive the registrar.
  explicit Registrar(Parts parts);
  ~Registrar() override;

  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override;
  // HEALTHY and BEFORE_TERMINATE: OK when done, the latter with the task's drain delay as hold;
  // PENDING when the first attempt failed or the deadline is near; FAILED when Consul refuses, or
  // the task's labels ask for what can't be.
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override;
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override;
  void Undo(const sidecar::TaskKey& key) override;
  void WhenIdle(absl::AnyInvocable<void()> done) override;

 private:
  KeptTask& Find(const sidecar::TaskKey& key);
  void Follow(KeptTask& task, const sidecar::TaskState& state);
  // Calls `visit` with each task that is still there, then lets it advance.
  void ForEach(absl::AnyInvocable<void(KeptTask&)> visit);
  void OnSeen(const absl::StatusOr<Holdings>& held);
  // Whether there is a task to be registered; tells TTL checks anew where that is due.
  bool OnDue();
  void OnFinished(const sidecar::TaskKey& key);
  bool Busy() const;

  EventLoop* const loop_;
  const std::unique_ptr<Client> client_;
  sidecar::Memory* const memory_;
  sidecar::Metrics* const metrics_;
  const absl::Duration deregister_critical_after_;
  Reachability reachability_;
  KeptTask::Surroundings surroundings_;
  Comparison comparison_;
  // When the listing under way was asked for.
  TaskRegistration::Moment asked_ = 0;
  absl::Time renewed_;
  std::map<sidecar::TaskKey, std::unique_ptr<KeptTask>> tasks_;
  std::list<absl::AnyInvocable<void()>> when_idle_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_REGISTRAR_H_
