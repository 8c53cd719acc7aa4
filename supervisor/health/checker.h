// Runs a task's check, which judges nothing and only tells what it saw: CheckInfo of Mesos.
#ifndef SUPERVISOR_HEALTH_CHECKER_H_
#define SUPERVISOR_HEALTH_CHECKER_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "protos/mesos/v1/health.pb.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/prober.h"
#include "supervisor/health/probing.h"

namespace mesos_executor::health {

// Before the first result: the type, and its message, empty. The agent refuses an update without
// either (validation.cpp of Mesos).
mesos::v1::CheckStatusInfo NoCheckStatus(const CheckDefinition& definition);

// Lives on the loop's thread. Runs from its start until it is destroyed.
class Checker final : private Probing::Observer {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // The result is another than before; the first one, than NoCheckStatus, which is also the
    // result of a probe that gave none: at its timeout, by a command that a signal ended, by a
    // server that doesn't answer in HTTP. `why` says so, beginning with the name of the check, and
    // is otherwise empty. Called on the loop's thread, never before Start returns; may destroy the
    // checker.
    virtual void OnCheckStatus(const mesos::v1::CheckStatusInfo& status,
                               const std::string& why) = 0;
  };

  // `loop` and `observer` must outlive it.
  Checker(EventLoop* loop, std::unique_ptr<Prober> prober, CheckDefinition definition,
          Observer* observer);

  // The task starts now: the delay counts from here. Once.
  void Start() { probing_.Start(); }

 private:
  void OnProbed(const ProbeResult& result, absl::Duration took) override;

  const CheckDefinition definition_;
  Observer* const observer_;
  mesos::v1::CheckStatusInfo last_;
  Probing probing_;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_CHECKER_H_
