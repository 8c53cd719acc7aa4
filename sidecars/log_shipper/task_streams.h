// Both streams of one task, while they are shipped.
#ifndef SIDECARS_LOG_SHIPPER_TASK_STREAMS_H_
#define SIDECARS_LOG_SHIPPER_TASK_STREAMS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/counters.h"
#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/line_splitter.h"
#include "sidecars/log_shipper/outputs/token_bucket.h"
#include "sidecars/log_shipper/shipper.h"
#include "sidecars/log_shipper/spool_watch.h"
#include "sidecars/log_shipper/task_spools.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread, not as long as shipper, watch and counters.
class TaskStreams {
 public:
  // How a task's lines are shipped.
  struct Terms {
    std::unique_ptr<LineFormat> out_format;
    std::unique_ptr<LineFormat> err_format;
    // Of both streams together; null: none.
    std::shared_ptr<TokenBucket> pace;
    size_t max_entry = SIZE_MAX;
    size_t longest_line = LineSplitter::kLongestLine;
    // What is wrong with the task's labels and settings, in words.
    std::vector<std::string> warnings;
  };

  TaskStreams(TaskSpools spools, Terms terms, Shipper* shipper, SpoolWatch* watch,
              Counters* counters);

  const std::string& incarnation() const { return spools_.incarnation; }
  // The supervisor has sent the same spools on another connection.
  void Hold(UniqueFd held) { spools_.held = std::move(held); }

  // The task is over: see ShippedStream::End. May be called again, for the newer callbacks.
  void End(absl::AnyInvocable<void()> delivered, absl::AnyInvocable<void()> done);
  void Abandon();

  uint64_t lag_bytes();
  absl::Duration lag_time();

 private:
  struct Stream {
    std::unique_ptr<ShippedStream> shipped;
    // Ends before what it watches.
    std::unique_ptr<Pending> watch;
  };

  Stream Open(TaskSpools::Stream& spool, const char* name, std::unique_ptr<LineFormat> format,
              const Terms& terms, Shipper* shipper, SpoolWatch* watch, Counters* counters);

  TaskSpools spools_;
  Stream out_;
  Stream err_;
  int undelivered_ = 0;
  int undone_ = 0;
  absl::AnyInvocable<void()> delivered_;
  absl::AnyInvocable<void()> done_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_TASK_STREAMS_H_
