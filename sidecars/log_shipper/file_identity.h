// Which file a descriptor is of, so that a later process can open it again.
#ifndef SIDECARS_LOG_SHIPPER_FILE_IDENTITY_H_
#define SIDECARS_LOG_SHIPPER_FILE_IDENTITY_H_

#include "absl/status/statusor.h"
#include "sidecars/log_shipper/remembered_spools.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

// Errors: what the kernel said.
absl::StatusOr<RememberedSpools::File> IdentityOf(int fd);

// Opens it for reading and writing, if that very file is there. Its path may lead anywhere by now,
// so nothing is opened before it is known: NotFound where it is another file, no regular one, has a
// second name, or belongs to somebody else. Else what the kernel said.
absl::StatusOr<UniqueFd> OpenIdentified(const RememberedSpools::File& file);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_FILE_IDENTITY_H_
