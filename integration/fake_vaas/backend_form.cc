#include "integration/fake_vaas/backend_form.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::fake_vaas {
namespace {

using nlohmann::json;

FormError Error(const std::string& text) { return {{"error", text}}; }

FormError FieldError(const std::string& field, const std::string& text) {
  return {{"backend", {{field, json::array({text})}}}};
}

// The row that a field names by its URI, or by an object that has it.
template <typename Row>
std::optional<int64_t> Related(const json& field, const std::map<int64_t, Row>& rows,
                               std::string (*uri_of)(int64_t), std::string* uri) {
  if (field.is_string()) *uri = field.get<std::string>();
  if (field.is_object()) *uri = field.value("resource_uri", json()).dump();
  for (const auto& [id, row] : rows) {
    if (*uri == uri_of(id) || *uri == json(uri_of(id)).dump()) return id;
  }
  return std::nullopt;
}

FormError NoRelated(const std::string& field, const std::string& uri) {
  return Error(
      absl::StrCat("Could not find the provided ", field, " object via resource URI '", uri, "'."));
}

// The error of a number that is too small, too big, or none.
std::optional<FormError> CheckNumber(const json& form, const char* field, int64_t least,
                                     int64_t most, int64_t* number) {
  if (!form.contains(field)) return std::nullopt;
  const json& value = form[field];
  if (!value.is_number_integer()) return FieldError(field, "Enter a whole number.");
  *number = value.get<int64_t>();
  if (*number > most) {
    return FieldError(field,
                      absl::StrCat("Ensure this value is less than or equal to ", most, "."));
  }
  if (*number < least) {
    return FieldError(field,
                      absl::StrCat("Ensure this value is greater than or equal to ", least, "."));
  }
  return std::nullopt;
}

}  // namespace

std::variant<Backend, FormError> ReadBackendForm(const std::string& body, const Tables& tables,
                                                 bool newest) {
  const json form = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!form.is_object()) return Error("Request is not valid JSON.");
  std::vector<const char*> required = {"address", "dc", "director"};
  if (newest) required.push_back("connect_timeout");
  for (const char* field : required) {
    if (!form.contains(field) || form[field].is_null()) {
      return Error(absl::StrCat("The '", field,
                                "' field has no data and doesn't allow a default or null value."));
    }
  }
  Backend backend;
  std::string uri;
  const auto dc = Related(form["dc"], tables.dcs, DcUri, &uri);
  if (!dc.has_value()) return NoRelated("dc", uri);
  const auto director = Related(form["director"], tables.directors, DirectorUri, &uri);
  if (!director.has_value()) return NoRelated("director", uri);
  backend.dc_id = *dc;
  backend.director_id = *director;

  if (form["address"].is_string()) backend.address = form["address"].get<std::string>();
  if (AddressFamily(backend.address) != AF_INET) {
    return FieldError("address", "Enter a valid IPv4 address.");
  }
  if (auto error = CheckNumber(form, "port", 1, 65535, &backend.port)) return *error;
  if (auto error = CheckNumber(form, "weight", 0, 100, &backend.weight)) return *error;
  backend.inherit_time_profile = form.value("inherit_time_profile", json()) == true;
  for (const json& tag : form.value("tags", json::array())) {
    if (tag.is_string()) backend.tags.push_back(tag.get<std::string>());
  }
  if (newest && backend.tags.size() > 1) return FieldError("tags", "Only one tag is allowed.");
  const bool there =
      std::any_of(tables.backends.begin(), tables.backends.end(), [&](const auto& held) {
        return held.second.address == backend.address && held.second.port == backend.port &&
               held.second.director_id == backend.director_id;
      });
  if (there) {
    return FieldError("__all__", "Backend with this Address, Port and Director already exists.");
  }
  return backend;
}

}  // namespace mesos_executor::fake_vaas
