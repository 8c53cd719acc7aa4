// All sidecars of one task: asks them at each phase, side by side, and keeps them connected in
// between.
#ifndef SUPERVISOR_LIFECYCLE_SIDECARS_H_
#define SUPERVISOR_LIFECYCLE_SIDECARS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/phase_round.h"
#include "supervisor/lifecycle/sidecar_config.h"
#include "supervisor/lifecycle/sidecar_link.h"

namespace mesos_executor::lifecycle {

// On the loop's thread. The loop and the observer outlive it. May be destroyed by a `done`, never
// by the observer.
class Sidecars final : private SidecarLink::Listener {
 public:
  // For the log and the timeline. Called from the loop, or from within Ask and Finish; never from
  // the constructor.
  class Observer {
   public:
    virtual ~Observer() = default;
    // Accepted the task, or accepted it again. `version` is for people.
    virtual void OnSidecarUp(const std::string& name, Mode mode, const std::string& version) = 0;
    // Lost, or not to be reached: once until it is up again. With kAbsent: once, for good.
    virtual void OnSidecarDown(const std::string& name, Mode mode, const std::string& why) = 0;
    // How a sidecar's part of a phase ended; after PENDING there may be another.
    virtual void OnSidecarAnswer(const std::string& name, v1::Phase phase, Outcome outcome,
                                 absl::Duration took, const std::string& message) = 0;
  };

  struct Sidecar {
    SidecarConfig config;
    Mode mode = Mode::kAbsent;
    // None where it is absent; then `why` says why.
    std::unique_ptr<Connector> connector;
    std::string why;
  };

  // Starts to connect at the loop's next turn. `incarnation` as in the contract.
  Sidecars(EventLoop* loop, std::vector<Sidecar> sidecars, v1::Task task, std::string incarnation,
           Observer* observer);
  Sidecars(const Sidecars&) = delete;
  Sidecars& operator=(const Sidecars&) = delete;

  // The task asks for no sidecar.
  bool empty() const { return entries_.empty(); }

  // Whether this sidecar is there, or may be again: it isn't absent.
  bool Has(const std::string& name) const;

  // Tells all sidecars of a phase but TERMINATED, and supersedes the phase before it. At
  // BEFORE_START, HEALTHY and BEFORE_TERMINATE they are asked: `done` is called once, from the
  // loop, when all have answered, or their deadlines have passed, or a required one has failed;
  // never once CancelAsk, another Ask or Finish was called. `cap` bounds the deadlines, and
  // deadline and hold together. At STARTED and UNHEALTHY nothing waits, and `done` is never called.
  void Ask(v1::Phase phase, v1::Health health, absl::Duration cap,
           absl::AnyInvocable<void(PhaseResult)> done);

  // The phase in progress no longer matters.
  void CancelAsk();

  // Says TERMINATED and Goodbye to all. Calls `done` once, from the loop: when the kernel has it
  // for the host's daemons and private sidecars have undone their work, or after `bound`. Only
  // destruction may follow; until then late answers still reach the observer.
  void Finish(absl::Duration bound, absl::AnyInvocable<void()> done);

 private:
  struct Entry {
    SidecarConfig config;
    std::string why_absent;
    // What the observer was told last.
    bool told_down = false;
    bool finished = false;
    std::unique_ptr<SidecarLink> link;
  };
  struct Asking {
    PhaseRound round;
    v1::Phase phase;
    absl::AnyInvocable<void(PhaseResult)> done;
    std::unique_ptr<Pending> timer;
  };

  // SidecarLink::Listener:
  void OnUp(SidecarLink* link, const v1::Attached& sidecar) override;
  void OnLost(SidecarLink* link, const std::string& why) override;
  void OnAnswer(SidecarLink* link, v1::Phase phase, const v1::Answer& answer,
                absl::Duration took) override;
  void OnFinished(SidecarLink* link) override;

  size_t Index(const SidecarLink* link) const;
  PhaseRound::Participant Participant(const Entry& entry, v1::Phase phase) const;
  void ArmAsking();
  void OnAskingTimer();
  void FinishIfAllHave();

  EventLoop* const loop_;
  Observer* const observer_;
  // A required-healthy sidecar fails the task only before its first success.
  bool was_healthy_ = false;
  v1::Health health_ = v1::HEALTH_UNKNOWN;
  std::optional<Asking> asking_;
  absl::AnyInvocable<void()> finish_done_;
  std::unique_ptr<Pending> finish_timer_;
  std::unique_ptr<Pending> report_absent_;
  // Last: the links call back.
  std::vector<Entry> entries_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SIDECARS_H_
