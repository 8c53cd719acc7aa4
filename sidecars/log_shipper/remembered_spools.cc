#include "sidecars/log_shipper/remembered_spools.h"

#include <utility>

#include "absl/status/status.h"
#include "sidecars/log_shipper/file_identity.h"
#include "sidecars/log_shipper/remembered_spools.pb.h"

namespace mesos_executor::log_shipper {

absl::StatusOr<TaskSpools> ReopenSpools(const sidecar::TaskKey& key, const std::string& record) {
  RememberedSpools remembered;
  if (!remembered.ParseFromString(record) || remembered.limit_bytes() == 0) {
    return absl::InvalidArgumentError("what was remembered of the task's spools makes no sense");
  }
  SpoolFiles files;
  const std::pair<const RememberedSpools::File*, UniqueFd*> all[] = {
      {&remembered.out(), &files.out},
      {&remembered.err(), &files.err},
      {&remembered.offsets(), &files.offsets}};
  for (const auto& [file, fd] : all) {
    absl::StatusOr<UniqueFd> opened = OpenIdentified(*file);
    if (!opened.ok()) return opened.status();
    *fd = *std::move(opened);
  }
  return MakeTaskSpools(key, remembered.incarnation(), remembered.limit_bytes(), std::move(files));
}

}  // namespace mesos_executor::log_shipper
