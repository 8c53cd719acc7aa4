#include "sidecars/vaas_registrar/vaas_requests.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos_executor::vaas {
namespace {

using Json = nlohmann::ordered_json;

// With the slash at the end: without it VaaS answers 301.
constexpr absl::string_view kDc = "/api/v0.1/dc/";
constexpr absl::string_view kDirector = "/api/v0.1/director/";
constexpr absl::string_view kBackend = "/api/v0.1/backend/";
constexpr absl::string_view kTask = "/api/v0.1/task/";

Request ListRequest(absl::string_view path, absl::string_view filter, size_t offset) {
  return {.method = "GET",
          .target = absl::StrCat(path, "?", filter, "&limit=", kPageRows, "&offset=", offset),
          .body = ""};
}

std::string Uri(absl::string_view path, int64_t id) { return absl::StrCat(path, id, "/"); }

// Never throws, whatever the text holds.
std::string ToText(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Request FindDcRequest(absl::string_view symbol, size_t offset) {
  return ListRequest(kDc, absl::StrCat("symbol=", symbol), offset);
}

Request FindDirectorRequest(absl::string_view name, size_t offset) {
  return ListRequest(kDirector, absl::StrCat("name=", name), offset);
}

Request FindBackendRequest(const BackendKey& key, size_t offset) {
  return ListRequest(
      kBackend,
      absl::StrCat("director=", key.director_id, "&address=", key.address, "&port=", key.port),
      offset);
}

Request AddRequest(const BackendDefinition& backend, int64_t director_id, int64_t dc_id,
                   const BackendTimeouts& timeouts) {
  Json json;
  json["address"] = backend.address;
  json["director"] = Uri(kDirector, director_id);
  // The seed sends the whole object that it read. VaaS takes its URI as well, which can't be stale.
  json["dc"] = Uri(kDc, dc_id);
  json["port"] = backend.port;
  json["inherit_time_profile"] = true;
  if (backend.weight.has_value()) json["weight"] = *backend.weight;
  if (!backend.tags.empty()) json["tags"] = backend.tags;
  // Decimals are text, as in VaaS' own answers.
  const auto add = [&json](const char* name, const std::optional<absl::Duration>& timeout) {
    if (timeout.has_value()) json[name] = absl::StrFormat("%.2f", absl::ToDoubleSeconds(*timeout));
  };
  add("connect_timeout", timeouts.connect);
  add("first_byte_timeout", timeouts.first_byte);
  add("between_bytes_timeout", timeouts.between_bytes);
  return {.method = "POST", .target = std::string(kBackend), .body = ToText(json), .async = true};
}

Request DeleteRequest(int64_t backend_id) {
  return {.method = "DELETE", .target = Uri(kBackend, backend_id), .body = "", .async = true};
}

Request ListBackendsRequest(absl::string_view address, size_t offset) {
  return ListRequest(kBackend, absl::StrCat("address=", address), offset);
}

Request SetWeightRequest(int64_t backend_id, int weight) {
  return {.method = "PATCH",
          .target = Uri(kBackend, backend_id),
          .body = ToText(Json{{"weight", weight}}),
          .async = true};
}

Request TaskRequest(absl::string_view task_id) {
  return {.method = "GET", .target = absl::StrCat(kTask, task_id, "/"), .body = ""};
}

}  // namespace mesos_executor::vaas
