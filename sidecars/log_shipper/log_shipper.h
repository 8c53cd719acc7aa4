// What the log-shipper does with the tasks it is told of: ships their output from the moment that
// both their facts and their spools are there, until all of it is delivered.
//
// Facts come by the task's stream, spools on a socket of their own: either may be first. No phase
// waits for us but TERMINATED, which is answered with OK once the receiver's kernel has all. A task
// that is over, or gone without a word, is shipped for kDrainTime at most; what is left then is
// dropped and counted.
#ifndef SIDECARS_LOG_SHIPPER_LOG_SHIPPER_H_
#define SIDECARS_LOG_SHIPPER_LOG_SHIPPER_H_

#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/log_shipper/counters.h"
#include "sidecars/log_shipper/shipper.h"
#include "sidecars/log_shipper/spool_watch.h"
#include "sidecars/log_shipper/task_spools.h"
#include "sidecars/log_shipper/task_streams.h"
#include "sidecars/runtime/handler.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread.
class LogShipper final : public sidecar::Handler {
 public:
  static constexpr absl::Duration kDrainTime = absl::Minutes(1);
  // Spools whose task doesn't attach are let go, and a task that is over waits no longer for its
  // spools.
  static constexpr absl::Duration kMeetingTime = absl::Seconds(30);

  // So many spools of a user that isn't root may be held for tasks that have not attached, or that
  // have a newer executor: anybody can invent ids, and descriptors are scarce.
  static constexpr int kMostUnattached = 64;

  struct Parts {
    EventLoop* loop;
    sidecar::Memory* memory;
    Shipper* shipper;
    SpoolWatch* watch;
    Counters* counters;
    absl::AnyInvocable<TaskStreams::Terms(const lifecycle::v1::Task&)> terms;
    // ReopenSpools.
    absl::AnyInvocable<absl::StatusOr<TaskSpools>(const sidecar::TaskKey&, const std::string&)>
        reopen;
    // A private sidecar has no time to see whether the receiver reads what its kernel has.
    bool keeps_window = true;
  };

  explicit LogShipper(Parts parts);
  ~LogShipper() override;

  // The supervisor of a task has sent its spools. Those beyond kMostUnattached are let go, which
  // tells it to send them again later.
  void OnSpools(TaskSpools spools);

  // Handler:
  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override;
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override;
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override;
  void Undo(const sidecar::TaskKey& key) override;
  void WhenIdle(absl::AnyInvocable<void()> done) override;

 private:
  // One life of a task: its ids may come again, for another executor (its incarnation tells).
  struct Life;

  // The task's present life, which is another one than that of an older incarnation.
  Life& LifeOf(const sidecar::TaskKey& key, const std::string& incarnation);
  // Begins to ship where both facts and spools are there.
  void Meet(Life& life);
  void Open(Life& life, TaskSpools spools);
  // Ships what is left; then the life is gone.
  void End(Life& life);
  // Opens what is remembered; false where that can't be.
  bool Reopen(Life& life);
  void Delivered(Life& life);
  void Gone(Life& life);
  bool TooManyOf(uid_t uid) const;
  bool idle() const;
  void ShowLag(Life& life);
  void HideLag(const sidecar::TaskKey& key);

  Parts parts_;
  std::map<sidecar::TaskKey, std::unique_ptr<Life>> tasks_;
  // Their ids are others' by now; the rest of their output is shipped.
  std::list<std::unique_ptr<Life>> replaced_;
  std::list<absl::AnyInvocable<void()>> when_idle_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LOG_SHIPPER_H_
