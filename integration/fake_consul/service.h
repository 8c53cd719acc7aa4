// A service of the stand-in, as Consul reads and shows it in JSON.
#ifndef INTEGRATION_FAKE_CONSUL_SERVICE_H_
#define INTEGRATION_FAKE_CONSUL_SERVICE_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mesos_executor::fake_consul {

// A service as somebody registered it.
struct Service {
  std::string id;
  std::string name;
  std::string address;
  int port = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  // What its check says: "passing", "warning", "critical"; empty where it has no check. Checks are
  // never carried out here, and no TTL runs out: the first status stays, until somebody tells a TTL
  // check another one.
  std::string status;
  // "http", "tcp" or "ttl".
  std::string check_type;
};

// The body of a registration. The error's message is Consul's answer, word for word. Stricter than
// Consul in one thing: fields that Consul knows and nobody here uses are unknown.
absl::StatusOr<Service> ParseRegistration(const std::string& body);

// The same service in /v1/agent/services, /v1/catalog/service, and its check in /v1/agent/checks.
nlohmann::ordered_json AgentService(const Service& service);
nlohmann::ordered_json CatalogService(const Service& service);
nlohmann::ordered_json AgentCheck(const Service& service);

// This node in /v1/catalog/nodes.
nlohmann::ordered_json Node();

}  // namespace mesos_executor::fake_consul

#endif  // INTEGRATION_FAKE_CONSUL_SERVICE_H_
