#include "sidecars/vaas_registrar/backend_record.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"

namespace mesos_executor::vaas {
namespace {

using Json = nlohmann::ordered_json;

absl::Status Unreadable() {
  return absl::InvalidArgumentError("the journal's record of its backends is not readable");
}

bool IsNumber(const Json& object, const char* name, uint64_t max) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() && found->get<uint64_t>() >= 1 &&
         found->get<uint64_t>() <= max;
}

bool IsText(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() && !found->get<std::string>().empty();
}

}  // namespace

std::string WriteRecord(const std::vector<RememberedBackend>& backends) {
  Json list = Json::array();
  for (const RememberedBackend& backend : backends) {
    Json json = {{"director", backend.name.director},
                 {"address", backend.name.address},
                 {"port", backend.name.port}};
    if (backend.id.has_value()) json["id"] = *backend.id;
    list.push_back(std::move(json));
  }
  return Json{{"backends", std::move(list)}}.dump();
}

absl::StatusOr<std::vector<RememberedBackend>> ReadRecord(const std::string& record) {
  const Json json = Json::parse(record, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("backends") || !json["backends"].is_array()) {
    return Unreadable();
  }
  std::vector<RememberedBackend> backends;
  for (const Json& entry : json["backends"]) {
    if (!entry.is_object() || !IsText(entry, "director") || !IsText(entry, "address") ||
        !IsNumber(entry, "port", std::numeric_limits<uint16_t>::max())) {
      return Unreadable();
    }
    RememberedBackend backend{
        .name = {entry["director"].get<std::string>(), entry["address"].get<std::string>(),
                 entry["port"].get<uint16_t>()},
        .id = std::nullopt};
    if (entry.contains("id")) {
      if (!IsNumber(entry, "id", std::numeric_limits<int64_t>::max())) return Unreadable();
      backend.id = entry["id"].get<int64_t>();
    }
    backends.push_back(std::move(backend));
  }
  return backends;
}

}  // namespace mesos_executor::vaas
