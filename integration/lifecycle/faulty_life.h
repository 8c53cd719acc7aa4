// One cell of the table of faults with everything real: the supervisor below the dev agent, and a
// faulty sidecar.
#ifndef INTEGRATION_LIFECYCLE_FAULTY_LIFE_H_
#define INTEGRATION_LIFECYCLE_FAULTY_LIFE_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "integration/lifecycle/fault_table.h"
#include "integration/lifecycle/faulty_sidecar.h"
#include "integration/scenarios/scenario.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::lifecycle {

class FaultyLife {
 public:
  // `cell` as in the table. Only waits that the table has are short; the others would last an hour.
  FaultyLife(Fault fault, const Column& column, std::string cell);

  void Start();
  // Lives up to the phase, and from there to the task's end: by the fault, or by a KILL. That it
  // was as the cell says is checked as the present test's.
  void Finish();

 private:
  void Deadlines();
  bool HasCheck() const { return column_.phase == v1::HEALTHY || column_.phase == v1::UNHEALTHY; }
  bool Cell(const char* word) const;
  void ReachPhase();
  void AwaitEndOfPhase();
  // Waits for an update with this health.
  void AwaitHealth(bool healthy);
  // The timeline has a part of the sidecar's in this phase, with this outcome where one is given.
  bool HasOutcome(v1::Phase phase, const std::string& outcome = "") const;
  std::string Log() const;

  const Fault fault_;
  const Column column_;
  const std::string cell_;
  const v1::Phase before_;
  Scenario scenario_;
  // Kept, so that no stranger gets the port; listens while the task is healthy.
  UniqueFd port_holder_, listener_;
  uint16_t port_ = 0;
  std::atomic<pid_t> supervisor_ = 0;
  // The most that the supervisor ever had in memory, when the task's end was told.
  std::atomic<int64_t> peak_kib_ = 0;
  // Before the scenario ends.
  std::unique_ptr<FaultySidecar> sidecar_;
};

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_FAULTY_LIFE_H_
