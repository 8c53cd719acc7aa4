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
    Service& service = services_[id.get<std::string>()];
    service.known = Known::kPerhaps;
    service.has_unanswered = true;
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
    service.failure = absl::OkStatus();
  }
  for (ServiceDefinition& service : definition.services) {
    const auto [entry, is_new] = services_.try_emplace(service.id);
    Known& known = entry->second.known;
    if (is_new && perhaps_held) known = Known::kPerhaps;
    const auto before = older.find(service.id);
    const bool changed = before != older.end() && before->second != service;
    if (!is_new && known != Known::kAbsent && (renewed || changed)) known = Known::kOutdated;
    entry->second.definition = std::move(service);
  }
}

bool TaskRegistration::Want(Wish wish) {
  if (std::exchange(wish_, wish) == wish) return false;
  TryAgain();
  return true;
}

std::optional<TaskRegistration::Step> TaskRegistration::Next() const {
  if (wish_ == Wish::kUndecided) return std::nullopt;
  bool look = false;
  std::optional<Step> update;
  for (const auto& [id, service] : services_) {
    if (!service.failure.ok()) continue;
    if (!Wanted(service)) {
      if (service.known != Known::kAbsent) return Step{Step::Kind::kDeregister, id, ""};
    } else if (service.known == Known::kAbsent || service.known == Known::kOutdated ||
               service.known == Known::kMissing) {
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

absl::Status TaskRegistration::OnDone(const Step& step, const absl::Status& result, Moment now) {
  Service& service = services_[step.id];
  service.touched = now;
  service.failure = absl::OkStatus();
  switch (step.kind) {
    case Step::Kind::kRegister:
      OnRegistered(service, step, result);
      break;
    case Step::Kind::kUpdateCheck:
      OnUpdated(service, step, result);
      break;
    case Step::Kind::kDeregister:
      OnDeregistered(service, result);
      break;
    case Step::Kind::kLook:
      LOG(FATAL) << "a look ends in Observe";
  }
  const bool deregisters = step.kind == Step::Kind::kDeregister;
  // That there is no check to update is mended by registering.
  if (deregisters != Wanted(service) && !absl::IsNotFound(result)) service.failure = result;
  return service.failure;
}

void TaskRegistration::OnRegistered(Service& service, const Step& step,
                                    const absl::Status& result) {
  if (result.ok()) {
    // A check that Consul had already keeps its status; the next look tells.
    if (service.status.empty()) service.status = step.status;
    service.stale = false;
    service.known = Known::kHeld;
  } else if (absl::IsUnavailable(result)) {
    service.has_unanswered = true;
    if (service.known != Known::kOutdated) service.known = Known::kPerhaps;
  }
}

void TaskRegistration::OnUpdated(Service& service, const Step& step, const absl::Status& result) {
  if (result.ok()) {
    service.status = step.status;
    service.stale = false;
  } else if (absl::IsNotFound(result) && service.known == Known::kHeld) {
    service.known = Known::kOutdated;
    service.status.clear();
  }
}

void TaskRegistration::OnDeregistered(Service& service, const absl::Status& result) {
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
    if (service.touched > asked) continue;
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
  if (right) {
    service.known = Known::kHeld;
    service.failure = absl::OkStatus();
  } else if (held != nullptr) {
    service.known = Known::kOutdated;
  } else if (service.known != Known::kAbsent) {
    service.known = Known::kMissing;
  }
  return different;
}

void TaskRegistration::Distrust() {
  for (auto& [id, service] : services_) {
    if (service.known == Known::kHeld) service.known = Known::kPerhaps;
  }
}

void TaskRegistration::RegisterAnew() {
  // A refusal was of the old token.
  TryAgain();
  for (auto& [id, service] : services_) {
    if (service.definition.has_value() && service.known != Known::kAbsent) {
      service.known = Known::kOutdated;
    }
  }
}

void TaskRegistration::RenewChecks() {
  for (auto& [id, service] : services_) service.stale = true;
}

absl::Status TaskRegistration::failure() const {
  absl::Status soonest;
  for (const auto& [id, service] : services_) {
    if (absl::IsUnavailable(service.failure)) return service.failure;
    if (soonest.ok() || absl::IsPermissionDenied(service.failure)) soonest = service.failure;
  }
  return soonest;
}

void TaskRegistration::TryAgain() {
  for (auto& [id, service] : services_) service.failure = absl::OkStatus();
}

bool TaskRegistration::has_unanswered() const {
  return std::any_of(services_.begin(), services_.end(),
                     [](const auto& entry) { return entry.second.has_unanswered; });
}

void TaskRegistration::DeregisterAgain() {
  for (auto& [id, service] : services_) {
    service.known = Known::kPerhaps;
    service.has_unanswered = false;
  }
}

void TaskRegistration::ForgetRemoved() {
  std::erase_if(services_, [](const auto& entry) {
    const Service& service = entry.second;
    return !service.definition.has_value() && service.known == Known::kAbsent &&
           !service.has_unanswered;
  });
}

size_t TaskRegistration::held() const {
  return std::count_if(services_.begin(), services_.end(), [](const auto& entry) {
    const Known known = entry.second.known;
    return known == Known::kHeld || known == Known::kOutdated;
  });
}

}  // namespace mesos_executor::consul
