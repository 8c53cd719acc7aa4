// Reads a file of the kernel's.
#ifndef SUPERVISOR_PROCESS_BOUNDED_FILE_H_
#define SUPERVISOR_PROCESS_BOUNDED_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace mesos_executor::process {

// The first `max_size` bytes of it. Errors: the failed system call, with the path.
absl::StatusOr<std::string> ReadBoundedFile(const std::string& path, size_t max_size);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_BOUNDED_FILE_H_
