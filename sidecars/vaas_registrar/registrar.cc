#include "sidecars/vaas_registrar/registrar.h"

#include <glog/logging.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sidecars/vaas_registrar/backend_record.h"

namespace mesos_executor::vaas {
namespace {

using Outcome = lifecycle::v1::Answer;
using sidecar::Reply;
using sidecar::ReplyCallback;
using sidecar::TaskKey;
using sidecar::TaskState;
using Wish = BackendLife::Wish;

Wish WishFor(lifecycle::v1::Phase phase) {
  switch (phase) {
    case lifecycle::v1::HEALTHY:
    case lifecycle::v1::UNHEALTHY:
      return Wish::kPresent;
    default:
      return Wish::kAbsent;
  }
}

}  // namespace

struct Registrar::Task {
  Task(TaskKey its_key, EventLoop* loop) : key(std::move(its_key)), waiters(loop) {}

  const TaskKey key;
  std::map<BackendName, BackendDefinition> wanted;
  absl::Duration drain_delay;
  // Why nothing can be added, or OK.
  absl::Status defined;
  Wish wish = Wish::kUndecided;
  // VaaS may have, or have had, backends of it.
  bool served = false;
  // To be forgotten as soon as nothing is left of it.
  bool gone = false;
  // Those that it wants, and those that an earlier process may have added for it.
  std::set<BackendName> claims;
  // What Memory holds for it.
  std::string remembered;
  sidecar::Waiters waiters;
};

struct Registrar::Backend {
  Backend(VaasAccess* vaas, BackendKeeper::Owner* owner, const BackendName& name)
      : keeper(vaas, owner, name) {}

  BackendKeeper keeper;
  // Who last spoke of it comes last.
  std::list<Task*> claimants;
};

Registrar::Registrar(Parts parts)
    : client_(std::move(parts.client)),
      memory_(parts.memory),
      turns_(parts.loop, kPlaces),
      vaas_{.loop = parts.loop,
            .client = client_.get(),
            .turns = &turns_,
            .metrics = parts.metrics,
            .random = std::move(parts.random),
            .async_timeout = parts.async_timeout,
            .directors = {},
            .dcs = {}},
      comparison_(
          &vaas_, [this] { return WantedAddresses(); },
          [this](const std::string& address, absl::Time asked, const std::set<BackendKey>& held) {
            for (const auto& [name, backend] : backends_) {
              if (name.address == address) backend->keeper.Observe(asked, held);
            }
          }) {
  vaas_.metrics->SetGauge(
      "vaas_registrar_backends", "Backends that VaaS has because of us.", {}, [this] {
        return static_cast<double>(
            std::count_if(backends_.begin(), backends_.end(),
                          [](const auto& entry) { return entry.second->keeper.life().is_held(); }));
      });
}

Registrar::~Registrar() { vaas_.metrics->RemoveGauge("vaas_registrar_backends", {}); }

Registrar::Task& Registrar::Find(const TaskKey& key) {
  auto& task = tasks_[key];
  if (task == nullptr) task = std::make_unique<Task>(key, vaas_.loop);
  return *task;
}

Registrar::Backend& Registrar::Claim(Task& task, const BackendName& name) {
  auto& backend = backends_[name];
  BackendKeeper::Owner* const owner = this;
  if (backend == nullptr) backend = std::make_unique<Backend>(&vaas_, owner, name);
  backend->claimants.remove(&task);
  backend->claimants.push_back(&task);
  task.claims.insert(name);
  return *backend;
}

void Registrar::OnRecovered(const TaskKey& key, const std::string& record) {
  Task& task = Find(key);
  task.remembered = record;
  const auto backends = ReadRecord(record);
  if (!backends.ok()) {
    LOG(ERROR) << "task " << key.task_id
               << ": cannot undo what an earlier process did: " << backends.status().message();
    return;
  }
  for (const RememberedBackend& backend : *backends) {
    Claim(task, backend.name).keeper.Recover(backend.id);
  }
}

void Registrar::OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
                        const TaskState& state) {
  Task& task = Find(key);
  auto definition = DefineBackends(attach.task());
  task.defined = definition.status();
  task.wanted.clear();
  // Another process of ours may have added them, and left no record that we could read.
  const bool perhaps_held = state.phase >= lifecycle::v1::HEALTHY;
  if (definition.ok()) {
    task.drain_delay = definition->drain_delay;
    for (const std::string& warning : definition->warnings) {
      LOG(WARNING) << "task " << key.task_id << ": " << warning;
    }
    for (const BackendDefinition& wanted : definition->backends) {
      const bool known = backends_.contains(wanted.name());
      task.wanted[wanted.name()] = wanted;
      Backend& backend = Claim(task, wanted.name());
      if (!known && perhaps_held) backend.keeper.Recover(std::nullopt);
    }
  }
  Follow(task, state, perhaps_held);
}

void Registrar::OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                        ReplyCallback reply) {
  const Wish wish = WishFor(state.phase);
  if (wish != Wish::kPresent && !tasks_.contains(key)) {
    reply({Outcome::OK, ""});
    return;
  }
  Task& task = Find(key);
  if (wish == Wish::kPresent && !task.defined.ok()) {
    reply({Outcome::FAILED, std::string(task.defined.message())});
    return;
  }
  Follow(task, state, /*ours=*/false);
  // A task that starts waits for nothing: whatever is still to be removed is of an older one.
  if (state.phase < lifecycle::v1::HEALTHY || task.claims.empty()) {
    reply({Outcome::OK, ""});
  } else {
    task.waiters.Add(deadline, absl::StrCat("VaaS at ", client_->name(), " has not answered yet"),
                     std::move(reply));
  }
  Settle(key);
}

void Registrar::Undo(const TaskKey& key) {
  Follow(Find(key), {.phase = lifecycle::v1::TERMINATED, .health = lifecycle::v1::HEALTH_UNKNOWN},
         /*ours=*/false);
  Settle(key);
}

void Registrar::WhenIdle(absl::AnyInvocable<void()> done) {
  if (busy()) {
    when_idle_.push_back(std::move(done));
  } else {
    done();
  }
}

bool Registrar::busy() const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const auto& entry) { return entry.second->gone; });
}

void Registrar::Follow(Task& task, const TaskState& state, bool ours) {
  const Wish wish = WishFor(state.phase);
  // Whoever waits for the opposite waits in vain.
  if (std::exchange(task.wish, wish) != wish) task.waiters.Drop();
  task.gone = state.phase == lifecycle::v1::TERMINATED;
  task.served |= !task.wanted.empty() && (ours || wish == Wish::kPresent);
  for (const BackendName& name : task.claims) {
    if (wish == Wish::kPresent && task.wanted.contains(name)) Claim(task, name);
    Decide(name, ours);
  }
  if (wish == Wish::kPresent && !task.wanted.empty()) comparison_.Arm();
}

Registrar::Task* Registrar::WantedBy(const BackendName& name) {
  const auto& claimants = backends_.at(name)->claimants;
  const auto wants = std::find_if(claimants.rbegin(), claimants.rend(), [&name](Task* task) {
    return task->wish == Wish::kPresent && task->wanted.contains(name);
  });
  return wants == claimants.rend() ? nullptr : *wants;
}

void Registrar::Decide(const BackendName& name, bool ours) {
  Backend& backend = *backends_.at(name);
  if (Task* task = WantedBy(name)) {
    backend.keeper.WantPresent(task->wanted.at(name), ours);
    return;
  }
  // A task whose supervisor hasn't spoken yet may still want it.
  const bool undecided =
      std::any_of(backend.claimants.begin(), backend.claimants.end(),
                  [](const Task* task) { return task->wish == Wish::kUndecided; });
  if (!undecided) backend.keeper.WantAbsent();
}

void Registrar::OnIdChange(const BackendName& name) {
  for (Task* task : backends_.at(name)->claimants) Save(*task);
}

void Registrar::Save(Task& task) {
  std::vector<RememberedBackend> backends;
  for (const BackendName& name : task.claims) {
    backends.push_back({name, backends_.at(name)->keeper.life().id()});
  }
  std::string record = WriteRecord(backends);
  if (record == task.remembered) return;
  memory_->Remember(task.key, record);
  task.remembered = std::move(record);
}

void Registrar::OnSettled(const BackendName& name) {
  std::vector<TaskKey> keys;
  for (const Task* task : backends_.at(name)->claimants) keys.push_back(task->key);
  for (const TaskKey& key : keys) Settle(key);
}

void Registrar::OnFailed(const BackendName& name, const absl::Status& why) {
  const std::string message(why.message());
  const Task* wanted_by = WantedBy(name);
  for (Task* task : backends_.at(name)->claimants) {
    if (wanted_by != nullptr && wanted_by != task) continue;
    if (absl::IsUnavailable(why)) {
      task->waiters.Postpone(message);
    } else {
      task->waiters.Answer(Outcome::FAILED, message);
    }
  }
}

void Registrar::Settle(const TaskKey& key) {
  Task& task = *tasks_.at(key);
  if (task.wish == Wish::kUndecided) return;
  bool clean = true;
  std::vector<std::string> troubles;
  bool refused = false;
  for (const BackendName& name : task.claims) {
    const Task* wanted_by = WantedBy(name);
    if (wanted_by != nullptr && wanted_by != &task) continue;
    const BackendKeeper& keeper = backends_.at(name)->keeper;
    if (!keeper.settled()) return;
    clean &= keeper.clean();
    const BackendLife& life = keeper.life();
    refused |= !life.refusal().ok();
    for (const absl::Status& trouble : {life.refusal(), life.reload()}) {
      if (!trouble.ok()) troubles.push_back(absl::StrCat(name.director, ": ", trouble.message()));
    }
  }
  const bool present = task.wish == Wish::kPresent;
  if (present && refused) {
    task.waiters.Answer(Outcome::FAILED, absl::StrJoin(troubles, "; "));
    return;
  }
  if (task.gone && !clean) {
    task.waiters.Postpone(
        absl::StrCat("an addition that VaaS has not answered may still come: looking again within ",
                     absl::FormatDuration(BackendKeeper::kLateAddition)));
    return;
  }
  const size_t backends = task.claims.size();
  std::string done = present ? absl::StrCat("added ", backends, " to VaaS")
                             : absl::StrCat("removed ", backends, " from VaaS");
  if (!troubles.empty()) absl::StrAppend(&done, "; ", absl::StrJoin(troubles, "; "));
  const bool drains = !present && task.served;
  task.waiters.Answer({.outcome = Outcome::OK,
                       .message = std::move(done),
                       .environment = {},
                       .hold = drains ? task.drain_delay : absl::ZeroDuration()});
  if (task.gone) Forget(key);
}

void Registrar::Forget(const TaskKey& key) {
  const auto node = tasks_.extract(key);
  Task& task = *node.mapped();
  for (const BackendName& name : task.claims) {
    auto& claimants = backends_.at(name)->claimants;
    claimants.remove(&task);
    if (claimants.empty()) backends_.erase(name);
  }
  memory_->Forget(key);
  if (!busy()) {
    for (auto& done : std::exchange(when_idle_, {})) done();
  }
}

std::set<std::string> Registrar::WantedAddresses() {
  std::set<std::string> addresses;
  for (const auto& [name, backend] : backends_) {
    if (backend->keeper.life().wish() == Wish::kPresent) addresses.insert(name.address);
  }
  return addresses;
}

}  // namespace mesos_executor::vaas
