#include "sidecars/consul_registrar/task_registration.h"

#include <glog/logging.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace mesos_executor::consul {
namespace {

// More than any task has ports.
constexpr size_t kMaxServices = 4096;

}  // namespace

absl::Status TaskRegistration::Recover(const std::string& record) {
  const auto json = nlohmann::json::parse(record, nullptr, /*allow_exceptions=*/false);
  const auto ids = json.is_object() ? json.find("services") : json.end();
  if (!json.is_object() || ids == json.end() || !ids->is_array() || ids->size() > kMaxServices) {
    return absl::InvalidArgumentError("the record has no list of services");
  }
  for (const auto& id : *ids) {
    if (!id.is_string()) return absl::InvalidArgumentError("a service id in the record is no text");
    services_[id.get<std::string>()].known = Known::kPerhaps;
  }
  if (const auto found = json.find("incarnation"); found != json.end() && found->is_string()) {
    incarnation_ = found->get<std::string>();
  }
  return absl::OkStatus();
}

std::string TaskRegistration::Record() const {
  auto ids = nlohmann::json::array();
  bool outdated = false;
  for (const auto& [id, service] : services_) {
    ids.push_back(id);
    outdated |= service.known == Known::kOutdated;
  }
  return nlohmann::json(
             {{"incarnation", outdated ? "" : incarnation_}, {"services", std::move(ids)}})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void TaskRegistration::Define(const std::string& incarnation, TaskDefinition definition,
                              bool perhaps_held) {
  const bool renewed = std::exchange(incarnation_, incarnation) != incarnation;
  initial_status_ = std::move(definition.initial_status);
  std::map<std::string, ServiceDefinition> older;
  for (auto& [id, service] : services_) {
    if (service.definition.has_value()) older.emplace(id, *std::move(service.definition));
    service.definition.reset();
  }
  for (ServiceDefinition& service : definition.services) {
    const auto [entry, is_new] = services_.try_emplace(service.id);
    Known& known = entry->second.known;
    if (is_new && perhaps_held) known = Known::kPerhaps;
    if (known == Known::kRefused) known = Known::kPerhaps;
    const auto before = older.find(service.id);
    const bool changed = before != older.end() && before->second != service;
    if (!is_new && known != Known::kAbsent && (renewed || changed)) known = Known::kOutdated;
    entry->second.definition = std::move(service);
  }
}

bool TaskRegistration::Want(Wish wish) { return std::exchange(wish_, wish) != wish; }

std::optional<TaskRegistration::Step> TaskRegistration::Next() const {
  if (wish_ == Wish::kUndecided) return std::nullopt;
  bool look = false;
  for (const auto& [id, service] : services_) {
    const bool wanted = wish_ == Wish::kRegistered && service.definition.has_value();
    if (!wanted) {
      // What was refused was not registered, but may have been before.
      if (service.known != Known::kAbsent) return Step{Step::Kind::kDeregister, id};
    } else if (service.known == Known::kAbsent || service.known == Known::kOutdated) {
      return Step{Step::Kind::kRegister, id};
    } else if (service.known == Known::kPerhaps) {
      look = true;
    }
  }
  if (look) return Step{Step::Kind::kLook, ""};
  return std::nullopt;
}

const ServiceDefinition& TaskRegistration::definition(const std::string& id) const {
  const auto found = services_.find(id);
  CHECK(found != services_.end() && found->second.definition.has_value()) << id;
  return *found->second.definition;
}

std::string TaskRegistration::status() const { return healthy_ ? initial_status_ : "critical"; }

void TaskRegistration::OnRegistered(const std::string& id, const absl::Status& result, Moment now) {
  Service& service = services_[id];
  service.touched = now;
  service.refusal = result;
  if (result.ok()) {
    service.known = Known::kHeld;
  } else if (absl::IsInvalidArgument(result)) {
    service.known = Known::kRefused;
  } else if (absl::IsUnavailable(result)) {
    has_unanswered_ = true;
    if (service.known != Known::kOutdated) service.known = Known::kPerhaps;
  }
}

void TaskRegistration::OnDeregistered(const std::string& id, const absl::Status& result,
                                      Moment now) {
  Service& service = services_[id];
  service.touched = now;
  service.refusal = absl::OkStatus();
  if (result.ok()) service.known = Known::kAbsent;
}

void TaskRegistration::Observe(const HeldServices& held, Moment asked) {
  for (auto& [id, service] : services_) {
    if (service.touched > asked || service.known == Known::kRefused) continue;
    const auto found = held.find(id);
    if (wish_ == Wish::kRegistered && service.definition.has_value()) {
      if (service.known == Known::kOutdated) continue;
      const bool right = found != held.end() && found->second.Is(*service.definition);
      service.known = right ? Known::kHeld : Known::kAbsent;
    } else if (found != held.end() && service.known == Known::kAbsent) {
      // Came back: see has_unanswered(). That it isn't listed proves nothing, as the list may be
      // filtered.
      service.known = Known::kPerhaps;
    }
  }
}

void TaskRegistration::Distrust() {
  for (auto& [id, service] : services_) {
    if (service.known == Known::kHeld || service.known == Known::kRefused) {
      service.known = Known::kPerhaps;
    }
  }
}

absl::Status TaskRegistration::refusal() const {
  for (const auto& [id, service] : services_) {
    if (service.known == Known::kRefused) return service.refusal;
  }
  return absl::OkStatus();
}

void TaskRegistration::DeregisterAgain() {
  has_unanswered_ = false;
  for (auto& [id, service] : services_) service.known = Known::kPerhaps;
}

}  // namespace mesos_executor::consul
