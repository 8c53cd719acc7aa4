#include "sidecars/consul_registrar/task_registration.h"

#include <glog/logging.h>

#include <algorithm>
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
  meta_ = std::move(definition.meta);
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
  std::optional<Step> update;
  for (const auto& [id, service] : services_) {
    if (!Wanted(service)) {
      // What was refused was not registered, but may have been before.
      if (service.known != Known::kAbsent) return Step{Step::Kind::kDeregister, id, ""};
    } else if (service.known == Known::kAbsent || service.known == Known::kOutdated) {
      return Step{Step::Kind::kRegister, id, InitialStatus(service)};
    } else if (service.known == Known::kPerhaps) {
      look = true;
    } else if (service.known == Known::kHeld && HasTtl(*service.definition) &&
               (service.stale || service.status != TtlStatus())) {
      update = Step{Step::Kind::kUpdateCheck, id, TtlStatus()};
    }
  }
  if (update.has_value()) return update;
  if (look) return Step{Step::Kind::kLook, "", ""};
  return std::nullopt;
}

const ServiceDefinition& TaskRegistration::definition(const std::string& id) const {
  const auto found = services_.find(id);
  CHECK(found != services_.end() && found->second.definition.has_value()) << id;
  return *found->second.definition;
}

std::string TaskRegistration::InitialStatus(const Service& service) const {
  if (HasTtl(*service.definition)) return TtlStatus();
  if (!healthy_) return "critical";
  return service.status.empty() ? initial_status_ : service.status;
}

void TaskRegistration::OnDone(const Step& step, const absl::Status& result, Moment now) {
  Service& service = services_[step.id];
  service.touched = now;
  switch (step.kind) {
    case Step::Kind::kRegister:
      return OnRegistered(service, step, result);
    case Step::Kind::kUpdateCheck:
      return OnUpdated(service, step, result);
    case Step::Kind::kDeregister:
      return OnDeregistered(service, result);
    case Step::Kind::kLook:
      LOG(FATAL) << "a look ends in Observe";
  }
}

void TaskRegistration::OnRegistered(Service& service, const Step& step,
                                    const absl::Status& result) {
  service.refusal = result;
  if (result.ok()) {
    // A check that Consul had already keeps its status; the next look tells.
    if (service.status.empty()) service.status = step.status;
    service.stale = false;
    service.known = Known::kHeld;
  } else if (absl::IsInvalidArgument(result)) {
    service.known = Known::kRefused;
  } else if (absl::IsUnavailable(result)) {
    has_unanswered_ = true;
    if (service.known != Known::kOutdated) service.known = Known::kPerhaps;
  }
}

void TaskRegistration::OnUpdated(Service& service, const Step& step, const absl::Status& result) {
  if (result.ok()) {
    service.status = step.status;
    service.stale = false;
  } else if (absl::IsNotFound(result) && service.known == Known::kHeld) {
    service.known = Known::kPerhaps;
  }
}

void TaskRegistration::OnDeregistered(Service& service, const absl::Status& result) {
  service.refusal = absl::OkStatus();
  if (!result.ok()) return;
  service.known = Known::kAbsent;
  service.status.clear();
}

bool TaskRegistration::Observe(const Holdings& held, Moment asked) {
  bool different = false;
  for (const std::string& id : held.MarkedWith(meta_)) {
    // Marked as ours, and in no record: it was one of another definition of the task.
    if (services_.try_emplace(id).second) {
      services_[id].known = Known::kPerhaps;
      different = true;
    }
  }
  for (auto& [id, service] : services_) {
    if (service.touched > asked || service.known == Known::kRefused) continue;
    const HeldService* const found = held.Find(id);
    if (Wanted(service)) {
      different |= ObserveWanted(service, found);
    } else if (found != nullptr && service.known == Known::kAbsent) {
      // Came back: see has_unanswered(). That it isn't listed proves nothing, as the list may be
      // filtered.
      service.known = Known::kPerhaps;
      different = true;
    }
  }
  return different;
}

bool TaskRegistration::ObserveWanted(Service& service, const HeldService* held) {
  if (held != nullptr && held->check.has_value()) service.status = held->check->status;
  if (service.known == Known::kOutdated) return false;
  const bool right = held != nullptr && held->Is(*service.definition);
  const bool different = service.known == Known::kHeld && !right;
  service.known = right ? Known::kHeld : Known::kAbsent;
  return different;
}

void TaskRegistration::Distrust() {
  for (auto& [id, service] : services_) {
    if (service.known == Known::kHeld || service.known == Known::kRefused) {
      service.known = Known::kPerhaps;
    }
  }
}

void TaskRegistration::RegisterAnew() {
  for (auto& [id, service] : services_) {
    if (service.definition.has_value() && service.known != Known::kAbsent) {
      service.known = Known::kOutdated;
    }
  }
}

void TaskRegistration::RenewChecks() {
  for (auto& [id, service] : services_) service.stale = true;
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

size_t TaskRegistration::held() const {
  return std::count_if(services_.begin(), services_.end(), [](const auto& entry) {
    const Known known = entry.second.known;
    return known == Known::kHeld || known == Known::kOutdated;
  });
}

}  // namespace mesos_executor::consul
