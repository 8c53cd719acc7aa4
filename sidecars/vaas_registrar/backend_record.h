// What the journal keeps of a task: which backends may be in VaaS because of it.
#ifndef SIDECARS_VAAS_REGISTRAR_BACKEND_RECORD_H_
#define SIDECARS_VAAS_REGISTRAR_BACKEND_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sidecars/vaas_registrar/backend_definition.h"

namespace mesos_executor::vaas {

struct RememberedBackend {
  BackendName name;
  // Not known where it may exist, but VaaS has not answered yet.
  std::optional<int64_t> id;

  bool operator==(const RememberedBackend&) const = default;
};

// JSON.
std::string WriteRecord(const std::vector<RememberedBackend>& backends);

// InvalidArgument for what WriteRecord never wrote.
absl::StatusOr<std::vector<RememberedBackend>> ReadRecord(const std::string& record);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_BACKEND_RECORD_H_
