// A scraped task's output, from its launch on: composes the package for the supervisor.
#ifndef SUPERVISOR_SPOOL_TASK_SPOOLS_H_
#define SUPERVISOR_SPOOL_TASK_SPOOLS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/spool/spool_bound.h"
#include "supervisor/spool/spool_files.h"
#include "supervisor/spool/spool_offer.h"

namespace mesos_executor::spool {

// Lives on the loop's thread. While nobody holds the spools they are kept within their limit, each
// second. A shipper that holds them does so itself; where it hangs, twice the limit is kept all the
// same, at intervals that cost nothing.
class TaskSpools {
 public:
  struct Options {
    std::string sandbox;
    // The task's, as in LaunchSpec.
    std::string user;
    // Of each spool, in bytes.
    uint64_t limit = 0;
    // As in the sidecars' contract.
    std::string incarnation;
  };

  // Makes the files. Errors: those of MakeSpoolFiles, or why the user isn't known.
  static absl::StatusOr<std::unique_ptr<TaskSpools>> Make(EventLoop* loop,
                                                          const lifecycle::v1::Task& task,
                                                          const Options& options);
  TaskSpools(const TaskSpools&) = delete;
  TaskSpools& operator=(const TaskSpools&) = delete;

  // What the task is started with. Once.
  TaskOutput TakeTaskOutput() { return std::move(files_.task); }

  // To whom the spools go: the host's log-shipper, or a private one.
  SpoolOffer& offer() { return offer_; }

 private:
  TaskSpools(EventLoop* loop, const lifecycle::v1::Task& task, const Options& options,
             SpoolFiles files);

  void OnHeldChanged();
  void KeepLater();
  void Keep();

  EventLoop* const loop_;
  SpoolFiles files_;
  SpoolOffer offer_;
  const uint64_t limit_;
  SpoolBound bounds_[2];
  // Since the holder, or that there is none, has changed.
  uint64_t given_up_ = 0;
  bool warned_ = false;
  std::unique_ptr<Pending> keep_;
};

}  // namespace mesos_executor::spool

#endif  // SUPERVISOR_SPOOL_TASK_SPOOLS_H_
