#include "sidecars/consul_registrar/registrar.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sidecars/consul_registrar/definition.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using sidecar::TaskKey;
using sidecar::TaskState;

constexpr char kServicesGauge[] = "consul_registrar_registered_services";

}  // namespace

Registrar::Registrar(Parts parts)
    : loop_(parts.loop),
      client_(std::move(parts.client)),
      memory_(parts.memory),
      metrics_(parts.metrics),
      deregister_critical_after_(parts.deregister_critical_after),
      reachability_(client_->name()),
      surroundings_{.loop = loop_,
                    .client = client_.get(),
                    .memory = memory_,
                    .reachability = &reachability_,
                    .random = parts.random,
                    .look = [this] { comparison_.Look(); },
                    .finished = [this](const TaskKey& key) { OnFinished(key); }},
      comparison_(loop_, client_.get(),
                  {.asking = [this] { asked_ = ++surroundings_.moment; },
                   .seen = [this](const absl::StatusOr<Holdings>& held) { OnSeen(held); },
                   .due = [this] { return OnDue(); },
                   .random = parts.random}),
      renewed_(loop_->Now()) {
  client_->OnNewToken([this] { ForEach([](KeptTask& task) { task.RegisterAnew(); }); });
  metrics_->SetGauge(kServicesGauge, "Services in Consul, as far as is known.", {}, [this] {
    size_t held = 0;
    for (const auto& [key, task] : tasks_) held += task->held();
    return static_cast<double>(held);
  });
}

Registrar::~Registrar() { metrics_->RemoveGauge(kServicesGauge, {}); }

KeptTask& Registrar::Find(const TaskKey& key) {
  auto& task = tasks_[key];
  if (task == nullptr) task = std::make_unique<KeptTask>(key, &surroundings_);
  return *task;
}

void Registrar::OnRecovered(const TaskKey& key, const std::string& record) {
  Find(key).Recover(record);
}

void Registrar::OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
                        const TaskState& state) {
  KeptTask& task = Find(key);
  // Another process of ours may have registered it, and left no record that we could read.
  const bool perhaps_held = state.phase >= lifecycle::v1::HEALTHY;
  task.Define(attach.incarnation(), DefineServices(attach.task(), deregister_critical_after_),
              perhaps_held);
  Follow(task, state);
  task.Advance();
}

void Registrar::OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                        sidecar::ReplyCallback reply) {
  const bool registers =
      state.phase == lifecycle::v1::HEALTHY || state.phase == lifecycle::v1::UNHEALTHY;
  if (!registers && !tasks_.contains(key)) return reply({Answer::OK, ""});
  KeptTask& task = Find(key);
  if (registers && !task.defined().ok()) {
    return reply({Answer::FAILED, std::string(task.defined().message())});
  }
  Follow(task, state);
  // A task that starts waits for nothing: whatever is still to be removed is of an older one.
  if (state.phase < lifecycle::v1::HEALTHY || !task.asks_for_something()) {
    reply({Answer::OK, ""});
  } else {
    task.Wait(deadline, std::move(reply));
  }
  task.Advance();
}

void Registrar::Follow(KeptTask& task, const TaskState& state) {
  task.Follow(state);
  if (task.to_be_registered()) comparison_.Start();
}

void Registrar::Undo(const TaskKey& key) {
  KeptTask& task = Find(key);
  task.Follow({.phase = lifecycle::v1::TERMINATED, .health = lifecycle::v1::HEALTH_UNKNOWN});
  task.Advance();
}

void Registrar::ForEach(absl::AnyInvocable<void(KeptTask&)> visit) {
  std::vector<TaskKey> keys;
  for (const auto& [key, task] : tasks_) keys.push_back(key);
  for (const TaskKey& key : keys) {
    const auto found = tasks_.find(key);
    if (found == tasks_.end()) continue;
    visit(*found->second);
    found->second->Advance();
  }
}

void Registrar::OnSeen(const absl::StatusOr<Holdings>& held) {
  reachability_.Note(held.status(), loop_->Now());
  bool different = false;
  ForEach([&, asked = asked_](KeptTask& task) { different |= task.Observe(held, asked); });
  metrics_
      ->CounterOf("consul_registrar_comparisons_total",
                  "Listings of what Consul holds, by what came of them.",
                  {{"outcome", !held.ok()  ? "failed"
                               : different ? "different"
                                           : "same"}})
      .Add();
}

bool Registrar::OnDue() {
  const bool needed = std::any_of(tasks_.begin(), tasks_.end(), [](const auto& entry) {
    return entry.second->to_be_registered();
  });
  if (needed && loop_->Now() - renewed_ >= kTtl / 4) {
    renewed_ = loop_->Now();
    ForEach([](KeptTask& task) { task.RenewChecks(); });
  }
  return needed;
}

void Registrar::OnFinished(const TaskKey& finished) {
  // The task owns the other one.
  const TaskKey key = finished;
  tasks_.erase(key);
  memory_->Forget(key);
  if (when_idle_.empty() || Busy()) return;
  for (auto& done : std::exchange(when_idle_, {})) done();
}

bool Registrar::Busy() const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const auto& entry) { return entry.second->gone(); });
}

void Registrar::WhenIdle(absl::AnyInvocable<void()> done) {
  if (Busy()) {
    when_idle_.push_back(std::move(done));
  } else {
    done();
  }
}

}  // namespace mesos_executor::consul
