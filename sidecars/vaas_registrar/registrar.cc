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

struct Registrar::Task : Claimant {
  Task(TaskKey its_key, EventLoop* loop) : key(std::move(its_key)), waiters(loop) {}

  const TaskKey key;
  absl::Duration drain_delay;
  // Why nothing can be added, or OK.
  absl::Status defined;
  lifecycle::v1::Phase phase = lifecycle::v1::PHASE_UNSPECIFIED;
  // To be forgotten as soon as nothing is left of it.
  bool gone = false;
  // What Memory holds for it.
  std::string remembered;
  sidecar::Waiters waiters;
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
              if (name.address == address) backend->keeper().Observe(asked, held);
            }
          }) {
  vaas_.metrics->SetGauge(
      "vaas_registrar_backends", "Backends that VaaS has because of us.", {}, [this] {
        return static_cast<double>(std::count_if(
            backends_.begin(), backends_.end(),
            [](const auto& entry) { return entry.second->keeper().life().is_held(); }));
      });
}

Registrar::~Registrar() { vaas_.metrics->RemoveGauge("vaas_registrar_backends", {}); }

Registrar::Task& Registrar::Find(const TaskKey& key) {
  auto& task = tasks_[key];
  if (task == nullptr) task = std::make_unique<Task>(key, vaas_.loop);
  return *task;
}

SharedBackend& Registrar::Claim(Task& task, const BackendName& name) {
  BackendKeeper::Owner* const owner = this;
  auto& backend = backends_[name];
  if (backend == nullptr) backend = std::make_unique<SharedBackend>(&vaas_, owner, name);
  backend->Claim(&task);
  return *backend;
}

std::vector<Registrar::Task*> Registrar::ClaimantsOf(const BackendName& name) {
  std::vector<Task*> tasks;
  for (Claimant* claimant : backends_.at(name)->claimants()) {
    tasks.push_back(static_cast<Task*>(claimant));
  }
  return tasks;
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
    Claim(task, backend.name).keeper().Recover(backend.id);
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
      SharedBackend& backend = Claim(task, wanted.name());
      if (!known && perhaps_held) backend.keeper().Recover(std::nullopt);
    }
  }
  Follow(task, state, perhaps_held);
  // A task that ended may have nothing left to undo.
  Settle(key);
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
  task.phase = state.phase;
  task.gone = state.phase == lifecycle::v1::TERMINATED;
  for (const BackendName& name : task.claims) {
    if (task.Wants(name)) Claim(task, name);
    backends_.at(name)->Decide(ours);
  }
  if (wish != Wish::kPresent || task.wanted.empty()) return;
  comparison_.Arm();
  // At once: an older task with the same port may be forgotten, and its record with it, any time.
  Save(task);
}

void Registrar::OnIdChange(const BackendName& name) {
  for (Task* task : ClaimantsOf(name)) Save(*task);
}

void Registrar::Save(Task& task) {
  std::vector<RememberedBackend> backends;
  for (const BackendName& name : task.claims) {
    backends.push_back({name, backends_.at(name)->keeper().life().id()});
  }
  std::string record = WriteRecord(backends);
  if (record == task.remembered) return;
  memory_->Remember(task.key, record);
  task.remembered = std::move(record);
}

void Registrar::OnSettled(const BackendName& name) {
  std::vector<TaskKey> keys;
  for (const Task* task : ClaimantsOf(name)) keys.push_back(task->key);
  for (const TaskKey& key : keys) Settle(key);
}

void Registrar::OnFailed(const BackendName& name, const absl::Status& why) {
  const std::string message(why.message());
  const Claimant* wanted_by = backends_.at(name)->wanted_by();
  for (Task* task : ClaimantsOf(name)) {
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
  absl::Time removed = absl::InfinitePast();
  for (const BackendName& name : task.claims) {
    const SharedBackend& backend = *backends_.at(name);
    const Claimant* wanted_by = backend.wanted_by();
    if (wanted_by != nullptr && wanted_by != &task) continue;
    const BackendKeeper& keeper = backend.keeper();
    if (!keeper.settled()) return;
    clean &= keeper.clean();
    removed = std::max(removed, keeper.removed().value_or(absl::InfinitePast()));
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
  // What was removed serves on; a task without it has nothing to drain.
  const bool drains = task.phase == lifecycle::v1::BEFORE_TERMINATE;
  const absl::Duration hold = removed + task.drain_delay - vaas_.loop->Now();
  task.waiters.Answer(
      {.outcome = Outcome::OK,
       .message = std::move(done),
       .environment = {},
       .hold = drains ? std::max(hold, absl::ZeroDuration()) : absl::ZeroDuration()});
  if (task.gone) Forget(key);
}

void Registrar::Forget(const TaskKey& key) {
  const auto node = tasks_.extract(key);
  Task& task = *node.mapped();
  for (const BackendName& name : task.claims) {
    if (backends_.at(name)->Release(&task)) backends_.erase(name);
  }
  memory_->Forget(key);
  if (!busy()) {
    for (auto& done : std::exchange(when_idle_, {})) done();
  }
}

std::set<std::string> Registrar::WantedAddresses() {
  std::set<std::string> addresses;
  for (const auto& [name, backend] : backends_) {
    if (backend->keeper().life().wish() == Wish::kPresent) addresses.insert(name.address);
  }
  return addresses;
}

}  // namespace mesos_executor::vaas
