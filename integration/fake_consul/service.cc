#include "integration/fake_consul/service.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace mesos_executor::fake_consul {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kNodeName[] = "fake-consul";
constexpr char kNodeId[] = "fa4eca7a-0000-4000-8000-000000000000";

const std::set<std::string> kServiceFields = {"ID",      "Name", "Tags",  "Port",
                                              "Address", "Meta", "Check", "EnableTagOverride"};
const std::set<std::string> kCheckFields = {"CheckID",
                                            "Name",
                                            "Notes",
                                            "HTTP",
                                            "TCP",
                                            "TTL",
                                            "Interval",
                                            "Timeout",
                                            "Status",
                                            "TLSSkipVerify",
                                            "DeregisterCriticalServiceAfter"};

absl::Status DecodeFailed(const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat("Request decode failed: ", why));
}

absl::Status OnlyKnownFields(const Json& object, const std::set<std::string>& known) {
  for (const auto& [name, value] : object.items()) {
    if (known.count(name) == 0) {
      return DecodeFailed(absl::StrCat("json: unknown field \"", name, "\""));
    }
  }
  return absl::OkStatus();
}

// Go's words for a value of the wrong type.
absl::Status WrongType(const Json& value, const std::string& field, const std::string& type) {
  return DecodeFailed(absl::StrCat("json: cannot unmarshal ", value.type_name(),
                                   " into Go struct field .Alias.", field, " of type ", type));
}

absl::Status ReadString(const Json& object, const std::string& field, std::string* out) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return absl::OkStatus();
  if (!found->is_string()) return WrongType(*found, field, "string");
  *out = found->get<std::string>();
  return absl::OkStatus();
}

// A missing one is zero.
absl::StatusOr<absl::Duration> ReadDuration(const Json& check, const std::string& field) {
  std::string text;
  if (auto status = ReadString(check, field, &text); !status.ok()) return status;
  absl::Duration duration;
  if (!text.empty() && !absl::ParseDuration(text, &duration)) {
    return DecodeFailed(absl::StrCat("time: invalid duration \"", text, "\""));
  }
  return duration;
}

absl::Status ReadCheck(const Json& check, Service* service) {
  if (auto status = OnlyKnownFields(check, kCheckFields); !status.ok()) return status;
  std::string http, tcp;
  for (const auto& [field, out] :
       {std::pair{"HTTP", &http}, {"TCP", &tcp}, {"Status", &service->status}}) {
    if (auto status = ReadString(check, field, out); !status.ok()) return status;
  }
  std::map<std::string, absl::Duration> durations;
  for (const auto* field : {"Interval", "Timeout", "TTL", "DeregisterCriticalServiceAfter"}) {
    const auto duration = ReadDuration(check, field);
    if (!duration.ok()) return duration.status();
    durations[field] = *duration;
  }
  service->check_type = !http.empty() ? "http" : !tcp.empty() ? "tcp" : "ttl";
  return absl::OkStatus();
}

absl::Status CheckDurations(const Json& check, const Service& service) {
  const auto positive = [&check](const char* field) {
    const auto duration = ReadDuration(check, field);
    return duration.ok() && *duration > absl::ZeroDuration();
  };
  if (service.check_type == "ttl" && !positive("TTL")) {
    return absl::InvalidArgumentError("Invalid check: TTL must be > 0 for TTL checks");
  }
  if (service.check_type != "ttl" && !positive("Interval")) {
    return absl::InvalidArgumentError(
        "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, or TCP checks");
  }
  return absl::OkStatus();
}

absl::Status CheckMeta(const std::map<std::string, std::string>& meta) {
  for (const auto& [key, value] : meta) {
    for (const unsigned char c : key) {
      if (absl::ascii_isalnum(c) || c == '-' || c == '_') continue;
      return absl::InvalidArgumentError(
          absl::StrCat("Invalid Service Meta: Couldn't load metadata pair ('", key, "', '", value,
                       "'): Key contains invalid characters"));
    }
  }
  return absl::OkStatus();
}

Json TaggedAddresses(const Service& service) {
  const Json one = {{"Address", service.address}, {"Port", service.port}};
  return {{"lan_ipv4", one}, {"wan_ipv4", one}};
}

const Json kWeights = {{"Passing", 1}, {"Warning", 1}};

}  // namespace

absl::StatusOr<Service> ParseRegistration(const std::string& body) {
  if (body.empty()) return DecodeFailed("EOF");
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return DecodeFailed("unexpected EOF");
  if (!json.is_object()) return WrongType(json, "", "agent.ServiceDefinition");
  if (auto status = OnlyKnownFields(json, kServiceFields); !status.ok()) return status;
  Service service;
  for (const auto& [field, out] :
       {std::pair{"ID", &service.id}, {"Name", &service.name}, {"Address", &service.address}}) {
    if (auto status = ReadString(json, field, out); !status.ok()) return status;
  }
  if (const auto port = json.find("Port"); port != json.end()) {
    if (!port->is_number_integer()) return WrongType(*port, "Port", "int");
    service.port = port->get<int>();
  }
  if (const auto tags = json.find("Tags"); tags != json.end() && !tags->is_null()) {
    if (!tags->is_array()) return WrongType(*tags, "Tags", "[]string");
    for (const Json& tag : *tags) {
      if (!tag.is_string()) return WrongType(tag, "Tags", "string");
      service.tags.push_back(tag.get<std::string>());
    }
  }
  if (const auto meta = json.find("Meta"); meta != json.end() && !meta->is_null()) {
    if (!meta->is_object()) return WrongType(*meta, "Meta", "map[string]string");
    for (const auto& [key, value] : meta->items()) {
      if (!value.is_string()) return WrongType(value, "Meta", "string");
      service.meta[key] = value.get<std::string>();
    }
  }
  const auto check = json.find("Check");
  const bool has_check = check != json.end() && !check->is_null();
  if (has_check) {
    if (!check->is_object()) return WrongType(*check, "Check", "structs.CheckType");
    if (auto status = ReadCheck(*check, &service); !status.ok()) return status;
  }
  if (service.name.empty()) return absl::InvalidArgumentError("Missing service name");
  if (auto status = CheckMeta(service.meta); !status.ok()) return status;
  if (has_check) {
    if (auto status = CheckDurations(*check, service); !status.ok()) return status;
    if (service.status.empty()) service.status = "critical";
    if (service.status != "passing" && service.status != "warning" &&
        service.status != "critical") {
      return absl::InvalidArgumentError("Status for checks must 'passing', 'warning', 'critical'");
    }
  }
  if (service.id.empty()) service.id = service.name;
  return service;
}

Json AgentService(const Service& service) {
  Json json = {{"ID", service.id},     {"Service", service.name}, {"Tags", service.tags},
               {"Meta", service.meta}, {"Port", service.port},    {"Address", service.address}};
  if (!service.address.empty()) json["TaggedAddresses"] = TaggedAddresses(service);
  json["Weights"] = kWeights;
  json["EnableTagOverride"] = false;
  json["Datacenter"] = "dc1";
  return json;
}

Json CatalogService(const Service& service) {
  Json json = Node();
  json["NodeMeta"] = Json::object();
  json["ServiceKind"] = "";
  json["ServiceID"] = service.id;
  json["ServiceName"] = service.name;
  json["ServiceTags"] = service.tags;
  json["ServiceAddress"] = service.address;
  if (!service.address.empty()) json["ServiceTaggedAddresses"] = TaggedAddresses(service);
  json["ServiceWeights"] = kWeights;
  json["ServiceMeta"] = service.meta;
  json["ServicePort"] = service.port;
  json["ServiceEnableTagOverride"] = false;
  return json;
}

Json AgentCheck(const Service& service) {
  return {{"Node", kNodeName},
          {"CheckID", absl::StrCat("service:", service.id)},
          {"Name", absl::StrCat("Service '", service.name, "' check")},
          {"Status", service.status},
          {"Notes", ""},
          {"Output", ""},
          {"ServiceID", service.id},
          {"ServiceName", service.name},
          {"ServiceTags", service.tags},
          {"Type", service.check_type}};
}

Json Node() {
  return {{"ID", kNodeId},
          {"Node", kNodeName},
          {"Address", "127.0.0.1"},
          {"Datacenter", "dc1"},
          {"TaggedAddresses", {{"lan", "127.0.0.1"}, {"wan", "127.0.0.1"}}}};
}

}  // namespace mesos_executor::fake_consul
