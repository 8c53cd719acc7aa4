// One cell of the table of faults in simulated time: the supervisor's half of the lifecycle API,
// with a sidecar in memory that has the fault.
#ifndef INTEGRATION_LIFECYCLE_SIMULATED_LIFE_H_
#define INTEGRATION_LIFECYCLE_SIMULATED_LIFE_H_

#include <optional>
#include <string>

#include "integration/lifecycle/fault_table.h"
#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/lifecycle/fake_sidecar.h"
#include "supervisor/lifecycle/sidecars.h"

namespace mesos_executor::lifecycle {

class SimulatedLife final : public Sidecars::Observer {
 public:
  SimulatedLife(Fault fault, const Column& column) : fault_(fault), column_(column) {}

  // Lives up to the column's phase, at which the fault strikes, and says what the task has of it,
  // as the table does. Then the sidecar is well again: that it is back in time and knows the phase,
  // and that the end takes no longer than it may, is checked as the present test's.
  std::string Run();

 private:
  void Start();
  // Asks, and waits for the result; how long the wait was.
  absl::Duration Tell(v1::Phase phase);
  absl::Duration End();
  // Until then, or for this long.
  void Live(absl::Duration longest, bool (SimulatedLife::*until)() const);
  bool Never() const { return false; }
  bool HasResult() const { return result_.has_value(); }
  bool HasEnded() const { return ended_; }
  bool Knows() const;

  // The sidecar's part.
  void Serve();
  void ServeBadConnection();
  void Misbehave(uint64_t seq);
  void Answer(uint64_t seq, v1::Answer::Outcome outcome);
  void AnswerWithVariables(uint64_t seq, int count, const std::string& name);
  // The connection breaks, and with it a private one's process ends.
  void HangUp();

  void OnSidecarUp(const std::string&, Mode, const std::string&) override {}
  void OnSidecarDown(const std::string&, Mode, const std::string&) override {}
  void OnSidecarAnswer(const std::string&, v1::Phase, Outcome, absl::Duration,
                       const std::string&) override {}

  const Fault fault_;
  const Column column_;
  ManualEventLoop loop_;
  FakeSidecar fake_;
  std::optional<Sidecars> sidecars_;
  std::optional<PhaseResult> result_;
  absl::Time result_at_;
  bool ended_ = false;
  absl::Time ended_at_;

  // The sidecar's: whether it has its fault now, which phase is told, and what it has dealt with on
  // its present connection.
  bool faulty_ = false;
  v1::Phase phase_ = v1::PHASE_UNSPECIFIED;
  int connection_ = 0;
  bool accepted_ = false;
  bool flushed_ = false;
  uint64_t event_ = 0;
  // A slow answer, or a restart.
  std::unique_ptr<Pending> later_;
};

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_SIMULATED_LIFE_H_
