// The executor's own stdout or stderr, for the lines that aren't shipped.
#ifndef SIDECARS_LOG_SHIPPER_EXECUTOR_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_EXECUTOR_OUTPUT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread. Never waits for whoever reads the other end.
class ExecutorOutput {
 public:
  virtual ~ExecutorOutput() = default;

  // Writes the line and a newline, whole or not at all. False: it was dropped, as a pipe or a disk
  // is full, or nobody reads any more.
  virtual bool Write(absl::string_view line) = 0;
};

// `fd` is any file, pipe, socket or terminal that its sender may write to. It is not waited for,
// and its flags, which others share, are left alone: a pipe or file is opened anew by
// /proc/self/fd, without more rights than `fd` has. PermissionDenied where it isn't open for
// writing; InvalidArgument for what is none of these, or is in a file system of FUSE.
absl::StatusOr<std::unique_ptr<ExecutorOutput>> OpenExecutorOutput(UniqueFd fd);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_EXECUTOR_OUTPUT_H_
