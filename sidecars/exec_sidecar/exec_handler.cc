#include "sidecars/exec_sidecar/exec_handler.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

namespace mesos_executor::exec_sidecar {

using sidecar::TaskKey;
using sidecar::TaskState;

ExecHandler::Entry ExecHandler::MakeEntry(const TaskKey& key, std::string incarnation,
                                          lifecycle::v1::Task task) {
  Entry entry;
  entry.incarnation = std::move(incarnation);
  entry.record = task.SerializeAsString();
  entry.commands = std::make_unique<TaskCommands>(&parts_, std::move(task), [this, key] {
    // A copy: the key given may be part of what goes.
    const TaskKey gone = key;
    Forget(gone);
  });
  return entry;
}

void ExecHandler::OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
                          const TaskState& state) {
  const auto found = tasks_.find(key);
  // One that was given up (its lease ran out, or its supervisor died) and is there again begins
  // anew.
  const bool returned = found != tasks_.end() && found->second.commands->ending() &&
                        state.phase != lifecycle::v1::TERMINATED;
  if (found == tasks_.end() || returned || found->second.incarnation != attach.incarnation()) {
    Entry entry = MakeEntry(key, attach.incarnation(), attach.task());
    entry.remembered = found != tasks_.end() && found->second.remembered;
    if (entry.remembered) memory_->Remember(key, entry.record);
    tasks_[key] = std::move(entry);
  }
  // What was missed. Where it wasn't, nothing runs again.
  if (state.phase != lifecycle::v1::PHASE_UNSPECIFIED) {
    Reach(key, state, absl::ZeroDuration(), nullptr);
  }
}

void ExecHandler::OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                          sidecar::ReplyCallback reply) {
  Reach(key, state, deadline, std::move(reply));
}

void ExecHandler::OnRecovered(const TaskKey& key, const std::string& record) {
  lifecycle::v1::Task task;
  if (!task.ParseFromString(record)) {
    LOG(ERROR) << "the journal's record of " << key.task_id << " can't be read: forgetting it";
    memory_->Forget(key);
    return;
  }
  Entry entry = MakeEntry(key, /*incarnation=*/"", std::move(task));
  entry.remembered = true;
  tasks_[key] = std::move(entry);
}

void ExecHandler::Undo(const TaskKey& key) {
  const auto found = tasks_.find(key);
  if (found == tasks_.end()) return;
  if (!found->second.remembered) return Forget(key);
  found->second.commands->Reach({.phase = lifecycle::v1::TERMINATED}, absl::ZeroDuration(),
                                nullptr);
}

void ExecHandler::WhenIdle(absl::AnyInvocable<void()> done) {
  idle_ = std::move(done);
  TellIfIdle();
}

void ExecHandler::Reach(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                        sidecar::ReplyCallback reply) {
  const auto found = tasks_.find(key);
  // Its `terminated` was done already, and is said again.
  if (found == tasks_.end()) {
    if (reply) reply({});
    return;
  }
  Entry& entry = found->second;
  if (!std::exchange(entry.remembered, true)) memory_->Remember(key, entry.record);
  entry.commands->Reach(state, deadline, std::move(reply));
}

void ExecHandler::Forget(const TaskKey& key) {
  const auto found = tasks_.find(key);
  if (found->second.remembered) memory_->Forget(key);
  tasks_.erase(found);
  TellIfIdle();
}

void ExecHandler::TellIfIdle() {
  const bool busy = std::any_of(tasks_.begin(), tasks_.end(),
                                [](const auto& task) { return task.second.commands->ending(); });
  if (!busy && idle_) std::exchange(idle_, nullptr)();
}

}  // namespace mesos_executor::exec_sidecar
