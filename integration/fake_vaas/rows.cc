#include "integration/fake_vaas/rows.h"

#include "absl/strings/str_cat.h"

namespace mesos_executor::fake_vaas {

using nlohmann::json;

std::string DcUri(int64_t id) { return absl::StrCat("/api/v0.1/dc/", id, "/"); }
std::string DirectorUri(int64_t id) { return absl::StrCat("/api/v0.1/director/", id, "/"); }
std::string BackendUri(int64_t id) { return absl::StrCat("/api/v0.1/backend/", id, "/"); }

json DcJson(const Tables& tables, int64_t id) {
  const std::string& symbol = tables.dcs.at(id);
  return {{"id", id}, {"name", symbol}, {"resource_uri", DcUri(id)}, {"symbol", symbol}};
}

json DirectorJson(const Tables& tables, int64_t id) {
  const Director& director = tables.directors.at(id);
  json cluster = json::array();
  if (director.has_cluster) cluster.push_back("/api/v0.1/logical_cluster/1/");
  json backends = json::array();
  for (const auto& [backend_id, backend] : tables.backends) {
    if (backend.director_id == id) backends.push_back(BackendUri(backend_id));
  }
  return {{"backends", backends},  {"cluster", cluster},
          {"enabled", true},       {"id", id},
          {"name", director.name}, {"resource_uri", DirectorUri(id)}};
}

json BackendJson(const Tables& tables, int64_t id) {
  const Backend& backend = tables.backends.at(id);
  return {{"address", backend.address},
          {"between_bytes_timeout", "1.00"},
          {"connect_timeout", "0.30"},
          {"dc", DcJson(tables, backend.dc_id)},
          {"director", DirectorUri(backend.director_id)},
          {"enabled", true},
          {"first_byte_timeout", "5.00"},
          {"id", id},
          {"inherit_time_profile", backend.inherit_time_profile},
          {"max_connections", 5},
          {"port", backend.port},
          {"resource_uri", BackendUri(id)},
          {"status", "Unknown"},
          {"tags", backend.tags},
          {"weight", backend.weight}};
}

}  // namespace mesos_executor::fake_vaas
