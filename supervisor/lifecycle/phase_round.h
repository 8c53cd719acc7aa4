// One phase for which the supervisor waits: all sidecars are asked side by side, and this collects
// what comes back. Pure.
#ifndef SUPERVISOR_LIFECYCLE_PHASE_ROUND_H_
#define SUPERVISOR_LIFECYCLE_PHASE_ROUND_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::lifecycle {

// How one sidecar's part of a phase ended.
enum class Outcome {
  kOk,
  // Goes on in the background.
  kPending,
  kFailed,
  // No answer within the deadline.
  kTimedOut,
  // Known to be down: not waited for.
  kDown,
  // Neither a daemon nor a program of that name is on this host.
  kAbsent,
};

// What a sidecar says of itself; what isn't known is a failure.
Outcome OutcomeOf(const v1::Answer& answer);

// As the timeline writes it: "ok", "pending", "failed", "timed-out", "down", "absent".
absl::string_view OutcomeName(Outcome outcome);

// "before-start" and so on.
absl::string_view PhaseName(v1::Phase phase);

struct SidecarOutcome {
  std::string name;
  Outcome outcome = Outcome::kOk;
  // From the start of the phase.
  absl::Duration took;
  std::string message;
};

struct PhaseResult {
  // Not OK (FailedPrecondition): a required sidecar failed. The message names it and says why.
  absl::Status status;
  // Of before-start, in the order of the configuration: where a name comes twice the later one
  // counts.
  std::vector<std::pair<std::string, std::string>> environment;
  // Of before-terminate: time to let pass before SIGTERM.
  absl::Duration hold;
  // In the order of the configuration.
  std::vector<SidecarOutcome> outcomes;
};

class PhaseRound {
 public:
  struct Participant {
    std::string name;
    bool required = false;
    absl::Duration deadline;
  };

  // `cap` bounds the whole: the deadlines, and the wait together with the hold.
  PhaseRound(v1::Phase phase, std::vector<Participant> participants, absl::Duration cap,
             absl::Time now);

  // The sidecar (by its place in `participants`) has answered; `answer` was checked. What comes
  // after its part has ended is dropped.
  void OnAnswer(size_t sidecar, const v1::Answer& answer, absl::Time now);

  // The sidecar can't be reached. Ends its part unless it is required: then it may come back until
  // its deadline.
  void OnDown(size_t sidecar, const std::string& why, absl::Time now);

  // There is no such sidecar, and won't be.
  void OnAbsent(size_t sidecar, const std::string& why, absl::Time now);

  // Time has gone on.
  void OnTime(absl::Time now);

  // When OnTime is to be called; none once all have ended, or a required one has failed.
  std::optional<absl::Time> next_deadline() const;
  bool ended() const { return !next_deadline().has_value(); }

  // Once it has ended.
  PhaseResult Result(absl::Time now) const;

 private:
  struct Part {
    Participant participant;
    std::optional<Outcome> outcome;
    absl::Duration took;
    std::string message;
    std::vector<std::pair<std::string, std::string>> environment;
    absl::Duration hold;
  };

  void End(Part& part, Outcome outcome, std::string message, absl::Time now);
  static bool Fatal(const Part& part);

  const v1::Phase phase_;
  const absl::Duration cap_;
  const absl::Time began_;
  std::vector<Part> parts_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_PHASE_ROUND_H_
