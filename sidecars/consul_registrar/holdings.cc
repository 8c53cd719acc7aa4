#include "sidecars/consul_registrar/holdings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

using nlohmann::json;

// A member of a JSON object, where it has the type of `otherwise`.
template <typename T>
T Member(const json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if (found == object.end() || found->type() != json(otherwise).type()) return otherwise;
  return found->get<T>();
}

absl::StatusOr<json> ReadListing(absl::string_view text, absl::string_view what) {
  json listing = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const bool good =
      listing.is_object() && std::all_of(listing.begin(), listing.end(),
                                         [](const json& entry) { return entry.is_object(); });
  if (good) return listing;
  return absl::UnavailableError(absl::StrCat("Consul's list of ", what, " is no list of objects"));
}

HeldService ReadService(const json& entry) {
  HeldService service;
  service.name = Member(entry, "Service", std::string());
  service.address = Member(entry, "Address", std::string());
  service.port = Member(entry, "Port", 0u);
  const auto tags = entry.find("Tags");
  if (tags != entry.end() && tags->is_array()) {
    for (const auto& tag : *tags) {
      if (tag.is_string()) service.tags.push_back(tag.get<std::string>());
    }
  }
  const auto meta = entry.find("Meta");
  if (meta != entry.end() && meta->is_object()) {
    for (const auto& [key, value] : meta->items()) {
      if (value.is_string()) service.meta[key] = value.get<std::string>();
    }
  }
  return service;
}

std::string TypeOf(const CheckDefinition& check) {
  return !check.http.empty() ? "http" : !check.tcp.empty() ? "tcp" : "ttl";
}

}  // namespace

bool HeldService::Is(const ServiceDefinition& service) const {
  if (service.check.has_value()) {
    if (!check.has_value()) return false;
    if (!check->type.empty() && check->type != TypeOf(*service.check)) return false;
  }
  return name == service.name && address == service.address && port == service.port &&
         meta == service.meta &&
         std::is_permutation(tags.begin(), tags.end(), service.tags.begin(), service.tags.end());
}

absl::StatusOr<Holdings> Holdings::Read(absl::string_view services, absl::string_view checks) {
  const auto service_listing = ReadListing(services, "services");
  if (!service_listing.ok()) return service_listing.status();
  const auto check_listing = ReadListing(checks, "checks");
  if (!check_listing.ok()) return check_listing.status();
  Holdings holdings;
  for (const auto& [id, entry] : service_listing->items()) {
    HeldService service = ReadService(entry);
    if (const auto check = check_listing->find("service:" + id); check != check_listing->end()) {
      service.check = HeldCheck{.type = Member(*check, "Type", std::string()),
                                .status = Member(*check, "Status", std::string())};
    }
    holdings.Add(id, std::move(service));
  }
  return holdings;
}

void Holdings::Add(const std::string& id, HeldService service) {
  if (const auto task = service.meta.find(kMetaTaskId); task != service.meta.end()) {
    ids_by_task_.emplace(task->second, id);
  }
  services_[id] = std::move(service);
}

const HeldService* Holdings::Find(const std::string& id) const {
  const auto found = services_.find(id);
  return found == services_.end() ? nullptr : &found->second;
}

std::vector<std::string> Holdings::MarkedWith(
    const std::map<std::string, std::string>& meta) const {
  std::vector<std::string> ids;
  const auto task = meta.find(kMetaTaskId);
  if (task == meta.end()) return ids;
  const auto [first, last] = ids_by_task_.equal_range(task->second);
  for (auto entry = first; entry != last; ++entry) {
    if (services_.at(entry->second).meta == meta) ids.push_back(entry->second);
  }
  return ids;
}

}  // namespace mesos_executor::consul
