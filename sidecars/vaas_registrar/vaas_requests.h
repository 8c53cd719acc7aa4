// What is asked of VaaS, written as its API v0.1 wants it. Pure. Neither a target nor a body ever
// holds credentials.
#ifndef SIDECARS_VAAS_REGISTRAR_VAAS_REQUESTS_H_
#define SIDECARS_VAAS_REGISTRAR_VAAS_REQUESTS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/vaas_registrar/backend_definition.h"

namespace mesos_executor::vaas {

struct Request {
  std::string method;
  std::string target;
  // JSON, or empty.
  std::string body;
  // Asks VaaS to answer before Varnish has taken the change (`Prefer: respond-async`). VaaS may do
  // otherwise.
  bool async = false;
};

// What tells a backend from all others, as VaaS has it.
struct BackendKey {
  int64_t director_id = 0;
  std::string address;
  uint16_t port = 0;

  auto operator<=>(const BackendKey&) const = default;
};

// The most rows that VaaS gives at once.
inline constexpr size_t kPageRows = 1000;

// Each asks for the rows from number `offset` on. Answers may hold other rows too: VaaS ignores
// filters that it doesn't know.
Request FindDcRequest(absl::string_view symbol, size_t offset);
Request FindDirectorRequest(absl::string_view name, size_t offset);
Request FindBackendRequest(const BackendKey& key, size_t offset);

// How long Varnish waits for a backend, in hundredths of a second. VaaS' defaults where it is not
// said; but the newest VaaS wants to be told the first.
struct BackendTimeouts {
  std::optional<absl::Duration> connect;
  std::optional<absl::Duration> first_byte;
  std::optional<absl::Duration> between_bytes;

  bool operator==(const BackendTimeouts&) const = default;
};

// Asynchronous, unlike the seed's: a synchronous one waits for every Varnish of the director, and
// where that fails is answered without the id of the backend, which is there all the same.
Request AddRequest(const BackendDefinition& backend, int64_t director_id, int64_t dc_id,
                   const BackendTimeouts& timeouts = {});
Request DeleteRequest(int64_t backend_id);

// All backends of one address, in every director.
Request ListBackendsRequest(absl::string_view address, size_t offset);

// Changes nothing but the weight (VaaS' documentation, "Partially update backend"). Not among what
// was recorded of a real VaaS.
Request SetWeightRequest(int64_t backend_id, int weight);

// How far an asynchronous request has got.
Request TaskRequest(absl::string_view task_id);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_VAAS_REQUESTS_H_
