#include "sidecars/consul_registrar/registrar.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using sidecar::Reply;
using sidecar::ReplyCallback;
using sidecar::TaskKey;
using sidecar::TaskState;
using Step = TaskRegistration::Step;
using Wish = TaskRegistration::Wish;

Wish WishFor(lifecycle::v1::Phase phase) {
  switch (phase) {
    case lifecycle::v1::HEALTHY:
    case lifecycle::v1::UNHEALTHY:
      return Wish::kRegistered;
    default:
      return Wish::kAbsent;
  }
}

}  // namespace

struct Registrar::Task {
  Task(TaskKey its_key, EventLoop* loop) : key(std::move(its_key)), waiters(loop) {}

  const TaskKey key;
  TaskRegistration registration;
  // Why nothing can be registered, or OK.
  absl::Status defined;
  // To be forgotten as soon as it is absent.
  bool gone = false;
  // What Memory holds for it.
  std::string remembered;
  // At most one of these three is going on.
  std::unique_ptr<Operation> operation;
  bool looking = false;
  std::unique_ptr<Pending> pause;
  int failures = 0;
  // Services, since that was last told.
  int deregistered = 0;
  // So that each trouble is logged once.
  std::string logged;
  sidecar::Waiters waiters;
};

Registrar::Registrar(EventLoop* loop, std::unique_ptr<Client> client, sidecar::Memory* memory,
                     Random random)
    : loop_(loop), client_(std::move(client)), memory_(memory), random_(std::move(random)) {}

Registrar::~Registrar() = default;

Registrar::Task& Registrar::Find(const TaskKey& key) {
  auto& task = tasks_[key];
  if (task == nullptr) task = std::make_unique<Task>(key, loop_);
  return *task;
}

void Registrar::OnRecovered(const TaskKey& key, const std::string& record) {
  Task& task = Find(key);
  task.remembered = record;
  if (auto status = task.registration.Recover(record); !status.ok()) {
    LOG(ERROR) << "task " << key.task_id
               << ": cannot undo what an earlier process did: " << status.message();
  }
}

void Registrar::OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
                        const TaskState& state) {
  Task& task = Find(key);
  auto definition = DefineServices(attach.task());
  task.defined = definition.status();
  // Another process of ours may have registered it, and left no record that we could read.
  const bool perhaps_held = state.phase >= lifecycle::v1::HEALTHY;
  task.registration.Define(attach.incarnation(),
                           definition.ok() ? *std::move(definition) : TaskDefinition(),
                           perhaps_held);
  task.registration.Distrust();
  Follow(task, state);
  Advance(task);
}

void Registrar::OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                        ReplyCallback reply) {
  const Wish wish = WishFor(state.phase);
  if (wish != Wish::kRegistered && !tasks_.contains(key)) {
    reply({Answer::OK, ""});
    return;
  }
  Task& task = Find(key);
  if (wish == Wish::kRegistered && !task.defined.ok()) {
    reply({Answer::FAILED, std::string(task.defined.message())});
    return;
  }
  Follow(task, state);
  // A task that starts waits for nothing: whatever is still to be removed is of an older one.
  if (state.phase < lifecycle::v1::HEALTHY || task.registration.size() == 0) {
    reply({Answer::OK, ""});
  } else {
    task.waiters.Add(deadline, absl::StrCat("Consul at ", client_->name(), " has not answered yet"),
                     std::move(reply));
  }
  Advance(task);
}

void Registrar::Undo(const TaskKey& key) {
  Task& task = Find(key);
  Follow(task, {.phase = lifecycle::v1::TERMINATED, .health = lifecycle::v1::HEALTH_UNKNOWN});
  Advance(task);
}

void Registrar::WhenIdle(absl::AnyInvocable<void()> done) {
  const bool busy = std::any_of(tasks_.begin(), tasks_.end(),
                                [](const auto& entry) { return entry.second->gone; });
  if (busy) {
    when_idle_.push_back(std::move(done));
  } else {
    done();
  }
}

void Registrar::Follow(Task& task, const TaskState& state) {
  task.registration.set_healthy(state.health == lifecycle::v1::HEALTH_HEALTHY);
  task.gone = state.phase == lifecycle::v1::TERMINATED;
  Want(task, WishFor(state.phase));
  if (task.registration.wish() == Wish::kRegistered && task.registration.size() > 0) {
    std::string record = task.registration.Record();
    if (record != task.remembered) {
      memory_->Remember(task.key, record);
      task.remembered = std::move(record);
    }
    ArmComparison();
  }
}

void Registrar::Want(Task& task, Wish wish) {
  if (!task.registration.Want(wish)) return;
  // Whoever waits for the opposite waits in vain.
  task.waiters.Drop();
  task.pause.reset();
  task.failures = 0;
  task.looking = false;
  // What Consul has not seen yet, it need not see. What it has seen is waited for: it must not come
  // after its own undoing.
  if (task.operation != nullptr && !task.operation->sent()) task.operation.reset();
}

void Registrar::Advance(Task& task) {
  if (task.operation != nullptr || task.looking || task.pause != nullptr) return;
  const auto step = task.registration.Next();
  if (!step.has_value()) {
    Settle(task);
    return;
  }
  auto done = [this, key = task.key, step = *step](absl::Status result) {
    OnStepDone(key, step, std::move(result));
  };
  switch (step->kind) {
    case Step::Kind::kLook:
      task.looking = true;
      Look();
      break;
    case Step::Kind::kRegister:
      task.operation = client_->Register(task.registration.definition(step->id),
                                         task.registration.status(), std::move(done));
      break;
    case Step::Kind::kDeregister:
      task.operation = client_->Deregister(step->id, std::move(done));
      break;
  }
}

void Registrar::OnStepDone(const TaskKey& key, Step step, absl::Status result) {
  Task& task = *tasks_.at(key);
  task.operation.reset();
  NoteReachable(result);
  const bool registering = step.kind == Step::Kind::kRegister;
  if (registering) {
    task.registration.OnRegistered(step.id, result, ++moment_);
  } else {
    task.registration.OnDeregistered(step.id, result, ++moment_);
  }
  if (result.ok()) {
    VLOG(1) << (registering ? "registered " : "deregistered ") << step.id;
    task.failures = 0;
    if (!registering) ++task.deregistered;
  }
  const bool still_wanted = registering == (task.registration.wish() == Wish::kRegistered);
  // A service that is refused for good is not tried again; the others are.
  const bool go_on = result.ok() || (registering && absl::IsInvalidArgument(result));
  if (go_on || !still_wanted) {
    Advance(task);
  } else {
    Retry(task, result);
  }
}

void Registrar::Retry(Task& task, const absl::Status& failure) {
  const std::string message(failure.message());
  if (absl::IsUnavailable(failure)) {
    task.waiters.Postpone(message);
  } else {
    if (task.logged != message) LOG(WARNING) << "task " << task.key.task_id << ": " << message;
    task.logged = message;
    task.waiters.Answer(Answer::FAILED, message);
    // Only somebody at Consul can mend that: no hurry.
    task.failures = 30;
  }
  const absl::Duration longest =
      std::min(kLastPause, kFirstPause * std::pow(2, std::min(task.failures, 30)));
  ++task.failures;
  task.pause = loop_->After(longest * (1 - random_() / 2), [this, key = task.key] {
    Task& task = *tasks_.at(key);
    task.pause.reset();
    Advance(task);
  });
}

std::string Registrar::Done(Task& task) {
  const bool registered = task.registration.wish() == Wish::kRegistered;
  const int deregistered = std::exchange(task.deregistered, 0);
  const size_t services = registered ? task.registration.size() : deregistered;
  if (services == 0) return "nothing was left to deregister";
  return absl::StrCat(registered ? "registered " : "deregistered ", services,
                      services == 1 ? " service" : " services");
}

void Registrar::Settle(Task& task) {
  const absl::Status refusal = task.registration.refusal();
  if (task.registration.wish() == Wish::kRegistered && !refusal.ok()) {
    if (task.logged != refusal.message()) {
      LOG(WARNING) << "task " << task.key.task_id << ": " << refusal.message();
    }
    task.logged = std::string(refusal.message());
    task.waiters.Answer(Answer::FAILED, task.logged);
    return;
  }
  if (task.gone && task.registration.has_unanswered()) {
    task.waiters.Postpone(
        absl::StrCat("a registration that Consul has not answered may still come: deregistering "
                     "once more in ",
                     absl::FormatDuration(kLateRegistration)));
    task.pause = loop_->After(kLateRegistration, [this, key = task.key] {
      Task& task = *tasks_.at(key);
      task.pause.reset();
      task.registration.DeregisterAgain();
      Advance(task);
    });
    return;
  }
  task.waiters.Answer(Answer::OK, Done(task));
  if (!task.gone) return;
  const TaskKey key = task.key;
  tasks_.erase(key);
  memory_->Forget(key);
  const bool busy = std::any_of(tasks_.begin(), tasks_.end(),
                                [](const auto& entry) { return entry.second->gone; });
  if (!busy) {
    for (auto& done : std::exchange(when_idle_, {})) done();
  }
}

void Registrar::Look() {
  if (look_ != nullptr) return;
  const TaskRegistration::Moment asked = ++moment_;
  look_ = client_->Services([this, asked](const absl::StatusOr<HeldServices>& held) {
    look_.reset();
    OnLooked(asked, held);
  });
}

void Registrar::OnLooked(TaskRegistration::Moment asked, const absl::StatusOr<HeldServices>& held) {
  NoteReachable(held.status());
  std::vector<TaskKey> keys;
  for (const auto& [key, task] : tasks_) keys.push_back(key);
  for (const TaskKey& key : keys) {
    const auto found = tasks_.find(key);
    if (found == tasks_.end()) continue;
    Task& task = *found->second;
    const bool looked = std::exchange(task.looking, false);
    if (held.ok()) {
      if (task.operation != nullptr) continue;
      task.registration.Observe(*held, asked);
      Advance(task);
    } else if (looked) {
      Retry(task, held.status());
    }
  }
}

void Registrar::ArmComparison() {
  if (comparison_ != nullptr) return;
  comparison_ = loop_->After(kCompareEvery, [this] {
    comparison_.reset();
    const bool needed = std::any_of(tasks_.begin(), tasks_.end(), [](const auto& entry) {
      const TaskRegistration& registration = entry.second->registration;
      return registration.wish() == Wish::kRegistered && registration.size() > 0;
    });
    if (!needed) return;
    ArmComparison();
    Look();
  });
}

void Registrar::NoteReachable(const absl::Status& result) {
  if (absl::IsUnavailable(result)) {
    last_failure_ = loop_->Now();
    if (std::exchange(away_, true)) return;
    LOG(WARNING) << "Consul at " << client_->name()
                 << " is away, trying again: " << result.message();
  } else if (away_ && loop_->Now() - last_failure_ >= kSteady) {
    away_ = false;
    LOG(INFO) << "Consul at " << client_->name() << " answers again";
  }
}

}  // namespace mesos_executor::consul
