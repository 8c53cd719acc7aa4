// A launch spec as the shim gets it: one memory file, so that an environment of any size the kernel
// takes arrives whole, and the shim needs to copy nothing. Both ends are the same program, so that
// the layout is nobody else's.
#ifndef SUPERVISOR_PROCESS_LAUNCH_IMAGE_H_
#define SUPERVISOR_PROCESS_LAUNCH_IMAGE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/exec_child.h"
#include "supervisor/process/launch_spec.h"
#include "supervisor/process/user_identity.h"

namespace mesos_executor::process {

// More than Linux takes for arguments and environment together: 6 MiB (execve(2)).
inline constexpr size_t kMaxLaunchImage = 8 << 20;

// The supervisor's end. `switch_to`: the user of the task, if it isn't ours. Errors:
// InvalidArgument (no argv, a NUL byte in a string), ResourceExhausted (kMaxLaunchImage), the
// failed system call.
absl::StatusOr<UniqueFd> WriteLaunchImage(const LaunchSpec& spec,
                                          const std::optional<UserIdentity>& switch_to);

// The shim's end.
class LaunchImage {
 public:
  // Null, and errno, if that fails.
  static std::unique_ptr<LaunchImage> Map(int fd);
  ~LaunchImage();
  LaunchImage(const LaunchImage&) = delete;
  LaunchImage& operator=(const LaunchImage&) = delete;

  // Points into this object. What isn't in the image (descriptors, parent) is left as it is by
  // default.
  ExecPlan Plan();

  const std::vector<std::string>& SigtermExclusions() const { return sigterm_exclusions_; }

 private:
  LaunchImage(char* start, size_t size);

  char* const start_;
  const size_t size_;
  std::vector<const char*> candidates_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
  std::vector<const char*> shell_argv_;
  std::vector<std::string> sigterm_exclusions_;
  ExecPlan plan_;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_LAUNCH_IMAGE_H_
