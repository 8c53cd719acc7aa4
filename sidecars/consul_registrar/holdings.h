// What a Consul agent says that it holds.
#ifndef SIDECARS_CONSUL_REGISTRAR_HOLDINGS_H_
#define SIDECARS_CONSUL_REGISTRAR_HOLDINGS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sidecars/consul_registrar/definition.h"

namespace mesos_executor::consul {

struct HeldCheck {
  // "http", "tcp", "ttl"; old versions of Consul leave it empty.
  std::string type;
  // "passing", "warning", "critical".
  std::string status;
};

struct HeldService {
  std::string name;
  std::string address;
  uint32_t port = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  // The one that has the id of a service's only check.
  std::optional<HeldCheck> check;

  // Whether a registration of `service` would change nothing that Consul lists: of a check that is
  // no more than its kind.
  bool Is(const ServiceDefinition& service) const;
};

// Note that without the right to read, Consul answers 200 and leaves services out.
class Holdings {
 public:
  // From the bodies of the two listings. Unavailable where one isn't what it should be.
  static absl::StatusOr<Holdings> Read(absl::string_view services, absl::string_view checks);

  void Add(const std::string& id, HeldService service);
  // nullptr where there is none.
  const HeldService* Find(const std::string& id) const;
  // The ids of all services that are marked with this meta, which must not be empty.
  std::vector<std::string> MarkedWith(const std::map<std::string, std::string>& meta) const;

 private:
  // By id.
  std::map<std::string, HeldService> services_;
  std::multimap<std::string, std::string> ids_by_task_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_HOLDINGS_H_
