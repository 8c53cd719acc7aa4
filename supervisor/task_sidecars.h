// The sidecars that a task asks for: attached at its launch, then asked and told of its phases.
#ifndef SUPERVISOR_TASK_SIDECARS_H_
#define SUPERVISOR_TASK_SIDECARS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/base/environment.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/lifecycle/sidecars.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/recorder.h"
#include "supervisor/spool/task_spools.h"
#include "supervisor/task/action.h"
#include "supervisor/task/input.h"

namespace mesos_executor {

// Lives on the loop's thread. Answers the machine's actions by its inputs, and tells log and
// timeline of every sidecar's part.
class TaskSidecars final : private lifecycle::Sidecars::Observer {
 public:
  using Feed = absl::AnyInvocable<void(task::Input)>;

  // All of them must outlive it; `feed` is called from the loop, or from within a call.
  TaskSidecars(AsioEventLoop* loop, process::ChildReaper* reaper, Recorder* recorder, Feed feed)
      : loop_(loop), reaper_(reaper), recorder_(recorder), feed_(std::move(feed)) {}

  // Where a scraped task's spools are made.
  struct Spooling {
    std::string sandbox;
    // The task's.
    std::string user;
    // As TaskPlan::spool_limit.
    std::optional<uint64_t> limit;
  };

  // Finds out which sidecars the task asks for and connects to them; private ones are started from
  // `folder`. Once, before Ask.
  void Attach(const lifecycle::v1::Task& facts, const Environment& environment,
              const std::string& folder, const Spooling& spooling);

  // What the task's stdout and stderr are to be: its spools, or invalid where nobody ships them.
  spool::TaskOutput TakeTaskOutput();

  void Ask(const task::AskSidecars& action);
  void CancelAsk() { sidecars_->CancelAsk(); }
  // Also without Attach.
  void Finish(const task::FinishSidecars& action);

 private:
  void OnSidecarUp(const std::string& name, lifecycle::Mode mode,
                   const std::string& version) override;
  void OnSidecarDown(const std::string& name, lifecycle::Mode mode,
                     const std::string& why) override;
  void OnSidecarAnswer(const std::string& name, lifecycle::v1::Phase phase,
                       lifecycle::Outcome outcome, absl::Duration took,
                       const std::string& message) override;
  void RecordPhase(lifecycle::v1::Phase phase);
  void MakeSpools(const lifecycle::v1::Task& facts, const std::string& incarnation,
                  const Spooling& spooling);

  AsioEventLoop* const loop_;
  process::ChildReaper* const reaper_;
  Recorder* const recorder_;
  Feed feed_;
  // The sidecar that takes the spools, and where a host's daemon does, or "".
  std::string shipper_;
  std::string shipper_socket_;
  // Null: the task writes straight to the executor's stdout and stderr.
  std::unique_ptr<spool::TaskSpools> spools_;
  std::unique_ptr<lifecycle::Sidecars> sidecars_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_TASK_SIDECARS_H_
