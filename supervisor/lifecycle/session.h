// One sidecar's half of the conversation: what to send, and what an arriving message means. Pure.
#ifndef SUPERVISOR_LIFECYCLE_SESSION_H_
#define SUPERVISOR_LIFECYCLE_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::lifecycle {

// The one version there is; protos/lifecycle/v1.
inline constexpr uint32_t kProtocol = 1;

// What a phase expects of one sidecar.
struct Wait {
  // Zero: nobody waits.
  absl::Duration deadline;
  // PENDING isn't the last word: a second answer may follow.
  bool required = false;
};

// Lives as long as the task, across connections. Remembers the newest event only: an older one is
// superseded, since the state that is sent first on every connection says more.
class Session {
 public:
  Session(std::shared_ptr<const v1::Task> task, std::string incarnation)
      : task_(std::move(task)), incarnation_(std::move(incarnation)) {}

  // A connection begins: what to send on it, in this order. The newest event is sent again where it
  // is still waited for.
  std::vector<v1::SupervisorMessage> Connect(absl::Time now);

  // Something happened: what to send if there is a connection.
  v1::SupervisorMessage NewEvent(v1::Phase phase, v1::Health health, Wait wait, absl::Time now);

  // Nobody waits for the newest event any more. Only what follows a PENDING still counts, for those
  // who look on.
  void StopWaiting();

  struct Received {
    // The stream was accepted by this sidecar.
    std::optional<v1::Attached> attached;
    // The newest event's answer, checked (answer.h). One that is late, or comes twice, or belongs
    // to another event, is dropped.
    std::optional<v1::Answer> answer;
    // With the answer: the event's phase, and how long the sidecar took.
    v1::Phase phase = v1::PHASE_UNSPECIFIED;
    absl::Duration took;
  };
  // FailedPrecondition means that the peer doesn't keep to the contract: the connection is to be
  // dropped.
  absl::StatusOr<Received> OnMessage(v1::SidecarMessage message, absl::Time now);

 private:
  v1::SupervisorMessage EventMessage(absl::Time now) const;
  bool Waiting() const { return wait_.deadline > absl::ZeroDuration(); }

  const std::shared_ptr<const v1::Task> task_;
  const std::string incarnation_;
  // On the present connection.
  bool attached_ = false;
  // The newest event.
  uint64_t seq_ = 0;
  v1::Phase phase_ = v1::PHASE_UNSPECIFIED;
  v1::Health health_ = v1::HEALTH_UNKNOWN;
  Wait wait_;
  absl::Time began_;
  // An answer still counts; a PENDING only if there was none yet.
  bool open_ = false;
  bool pending_ = false;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SESSION_H_
