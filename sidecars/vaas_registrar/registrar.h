// Keeps VaaS in line with the tasks: what the sidecar runtime is told on one side, VaaS on the
// other.
//
// A task's backends are in VaaS from its first HEALTHY until BEFORE_TERMINATE or TERMINATED. While
// it is UNHEALTHY they stay, as with the seed: VaaS' own probes see that. The newest word counts: a
// task that ended while VaaS was away is never added afterwards. About once a minute, while there
// is a backend, one list of each address tells what somebody removed, and it is put back.
//
// A backend is known by its director, address and port, and ports are used again: where a new task
// has the port of an old one that is still being removed, the backend is the new task's, and the
// old one has none to wait for.
#ifndef SIDECARS_VAAS_REGISTRAR_REGISTRAR_H_
#define SIDECARS_VAAS_REGISTRAR_REGISTRAR_H_

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/metrics.h"
#include "sidecars/runtime/turns.h"
#include "sidecars/runtime/waiters.h"
#include "sidecars/vaas_registrar/backend_keeper.h"
#include "sidecars/vaas_registrar/client.h"
#include "sidecars/vaas_registrar/comparison.h"
#include "sidecars/vaas_registrar/shared_backend.h"
#include "sidecars/vaas_registrar/vaas_access.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::vaas {

class Registrar final : public sidecar::Handler, private BackendKeeper::Owner {
 public:
  static constexpr sidecar::Turns::Places kPlaces = {.all = 16, .not_urgent = 12};

  struct Parts {
    EventLoop* loop;
    std::unique_ptr<Client> client;
    sidecar::Memory* memory;
    sidecar::Metrics* metrics;
    // From 0 (included) to 1.
    absl::AnyInvocable<double()> random;
    absl::Duration async_timeout;
  };

  // Loop, memory and metrics must outlive it.
  explicit Registrar(Parts parts);
  ~Registrar() override;

  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override;
  // HEALTHY and BEFORE_TERMINATE: OK when VaaS has, or has no more, all of the task's backends and
  // Varnish knows; PENDING when an attempt failed or the deadline is near; FAILED when VaaS
  // refuses, or the task's labels ask for what can't be.
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override;
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override;
  void Undo(const sidecar::TaskKey& key) override;
  void WhenIdle(absl::AnyInvocable<void()> done) override;

 private:
  struct Task;

  void OnIdChange(const BackendName& name) override;
  void OnSettled(const BackendName& name) override;
  void OnFailed(const BackendName& name, const absl::Status& why) override;

  Task& Find(const sidecar::TaskKey& key);
  // From now on the backend is also this task's matter.
  SharedBackend& Claim(Task& task, const BackendName& name);
  std::vector<Task*> ClaimantsOf(const BackendName& name);
  // Makes `state` the newest word on the task. `ours`: an earlier process may have heard it, too.
  void Follow(Task& task, const sidecar::TaskState& state, bool ours);
  void Save(Task& task);
  // Answers those who wait, if all is done; forgets the task if it is gone. May destroy it.
  void Settle(const sidecar::TaskKey& key);
  void Forget(const sidecar::TaskKey& key);
  bool busy() const;

  std::set<std::string> WantedAddresses();

  const std::unique_ptr<Client> client_;
  sidecar::Memory* const memory_;
  sidecar::Turns turns_;
  VaasAccess vaas_;
  std::map<BackendName, std::unique_ptr<SharedBackend>> backends_;
  std::map<sidecar::TaskKey, std::unique_ptr<Task>> tasks_;
  std::list<absl::AnyInvocable<void()>> when_idle_;
  Comparison comparison_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_REGISTRAR_H_
