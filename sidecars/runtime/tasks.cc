#include "sidecars/runtime/tasks.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

// Far more than a host runs, and few enough to hold in memory.
constexpr size_t kMaxTasks = 10'000;
// Leaves room for others, whatever one of them does. Not for root, who may run all.
constexpr size_t kMaxTasksOfUser = 5'000;
// A timer that is so late means that this process stood still (frozen, stopped): supervisors that
// came back meanwhile have not been heard yet.
constexpr absl::Duration kStoodStill = absl::Seconds(2);

}  // namespace

void Tasks::Recover(const TaskKey& key, const std::string& record, bool this_boot) {
  // Two users' tasks of the same ids: one was being undone when the other came.
  if (entries_.contains(IdsOf(key))) Gone(IdsOf(key), "another user has its ids", /*undo=*/true);
  Entry& entry = entries_[IdsOf(key)];
  entry.key = key;
  handler_.OnRecovered(key, record);
  if (this_boot) {
    StartLease(entry);
  } else {
    Gone(IdsOf(key), "the host was restarted", /*undo=*/true);
  }
}

absl::Status Tasks::Attach(const TaskKey& key, Peer& peer, TaskStream* stream) {
  const Ids ids = IdsOf(key);
  const auto found = entries_.find(ids);
  if ((found != entries_.end() && found->second.key.uid != key.uid) || (taken_ && taken_(key))) {
    return absl::PermissionDeniedError(
        absl::StrCat("task ", key.task_id, " belongs to another user"));
  }
  if (found == entries_.end() && entries_.size() >= kMaxTasks) {
    return absl::ResourceExhaustedError(absl::StrCat("there are ", kMaxTasks, " tasks already"));
  }
  if (found == entries_.end() && key.uid != 0 && ManyTasksOf(key.uid) >= kMaxTasksOfUser) {
    return absl::ResourceExhaustedError(
        absl::StrCat("user ", key.uid, " has ", kMaxTasksOfUser, " tasks already"));
  }
  Entry& entry = entries_[ids];
  TaskStream* const older = std::exchange(entry.stream, stream);
  entry.key = key;
  entry.lease.reset();
  entry.death =
      peer.WatchDeath(loop_, [this, ids] { Gone(ids, "its supervisor died", /*undo=*/true); });
  LOG(INFO) << "task " << key.task_id << " of uid " << key.uid << " attached";
  if (older != nullptr) older->Dismiss(absl::AbortedError("a newer stream speaks for this task"));
  return absl::OkStatus();
}

void Tasks::Broken(const TaskKey& key, TaskStream* stream) {
  const auto found = Find(key, stream);
  if (found == entries_.end()) return;
  found->second.stream = nullptr;
  StartLease(found->second);
}

void Tasks::Left(const TaskKey& key, TaskStream* stream, bool terminated) {
  const auto found = Find(key, stream);
  if (found == entries_.end()) return;
  found->second.stream = nullptr;
  Gone(found->first, terminated ? "it ended" : "its supervisor left", /*undo=*/!terminated);
}

size_t Tasks::attached() const {
  return std::count_if(entries_.begin(), entries_.end(),
                       [](const auto& entry) { return entry.second.stream != nullptr; });
}

size_t Tasks::ManyTasksOf(uid_t uid) const {
  if (entries_.size() < kMaxTasksOfUser) return 0;
  return std::count_if(entries_.begin(), entries_.end(),
                       [uid](const auto& entry) { return entry.second.key.uid == uid; });
}

Tasks::Entries::iterator Tasks::Find(const TaskKey& key, const TaskStream* stream) {
  const auto found = entries_.find(IdsOf(key));
  return found != entries_.end() && found->second.stream == stream ? found : entries_.end();
}

void Tasks::StartLease(Entry& entry) {
  if (lease_ <= absl::ZeroDuration()) {
    Gone(IdsOf(entry.key), "its supervisor left without a word", /*undo=*/true);
    return;
  }
  LOG(INFO) << "task " << entry.key.task_id << " has no stream; its lease of " << lease_
            << " starts";
  const absl::Time late = loop_.Now() + lease_ + kStoodStill;
  entry.lease = loop_.After(lease_, [this, ids = IdsOf(entry.key), late] {
    if (loop_.Now() < late) return Gone(ids, "its lease ran out", /*undo=*/true);
    StartLease(entries_.at(ids));
  });
}

void Tasks::Gone(const Ids& ids, const char* why, bool undo) {
  // Taken out whole, since the timer or watch that calls this lives in it.
  const auto node = entries_.extract(ids);
  CHECK(!node.empty());
  const Entry& entry = node.mapped();
  LOG(INFO) << "task " << entry.key.task_id << " is gone: " << why;
  if (entry.stream != nullptr)
    entry.stream->Dismiss(absl::AbortedError(absl::StrCat("the task is gone: ", why)));
  if (undo) handler_.Undo(entry.key);
  if (entries_.empty() && empty_) empty_();
}

}  // namespace mesos_executor::sidecar
