// All tasks that this sidecar has something to do with: whose they are, which stream speaks for
// each, and when one of them is gone without a word. Pure: time and death come from outside.
#ifndef SIDECARS_RUNTIME_TASKS_H_
#define SIDECARS_RUNTIME_TASKS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/peer.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// A stream that speaks for a task.
class TaskStream {
 public:
  virtual ~TaskStream() = default;
  // The stream no longer speaks for its task, and should end for this reason. Does not call Tasks.
  virtual void Dismiss(absl::Status why) = 0;
};

class Tasks {
 public:
  // A private sidecar gives a lease of zero: a stream that breaks means that the task is gone.
  Tasks(EventLoop* loop, Handler* handler, absl::Duration lease)
      : loop_(*loop), handler_(*handler), lease_(lease) {}

  // Takes over what an earlier process remembered. The lease starts whole; without `this_boot` the
  // task is gone already.
  void Recover(const TaskKey& key, const std::string& record, bool this_boot);

  // `stream` speaks for the task from now on, in place of any older stream, which is dismissed
  // (Aborted). PermissionDenied where the task is another user's; ResourceExhausted where there are
  // too many tasks, or too many of a user that isn't root.
  absl::Status Attach(const TaskKey& key, Peer& peer, TaskStream* stream);

  // The stream broke: the lease starts. No-op for a stream that speaks for no task.
  void Broken(const TaskKey& key, TaskStream* stream);

  // The supervisor said goodbye. With `terminated`, the handler was told to undo everything; else
  // it is now.
  void Left(const TaskKey& key, TaskStream* stream, bool terminated);

  // `taken` says whether something that was done for another user's task of the same ids is still
  // to be undone; such a task is refused.
  void RefuseWhere(absl::AnyInvocable<bool(const TaskKey&)> taken) { taken_ = std::move(taken); }

  // Tasks that a stream speaks for now; the others' leases run.
  size_t attached() const;

  bool empty() const { return entries_.empty(); }
  // `empty` is called whenever the last task has gone.
  void OnEmpty(absl::AnyInvocable<void()> empty) { empty_ = std::move(empty); }

 private:
  // A task belongs to one user at a time, so the user is no part of its place in the map.
  using Ids = std::tuple<std::string, std::string, std::string>;
  struct Entry {
    TaskKey key;
    TaskStream* stream = nullptr;  // Null: the lease runs.
    std::unique_ptr<Pending> death;
    std::unique_ptr<Pending> lease;
  };
  using Entries = std::map<Ids, Entry>;

  static Ids IdsOf(const TaskKey& key) { return {key.framework_id, key.executor_id, key.task_id}; }
  // Zero also where there are too few tasks for anybody to have too many.
  size_t ManyTasksOf(uid_t uid) const;
  Entries::iterator Find(const TaskKey& key, const TaskStream* stream);
  // A lease that ends while this process stands still starts once more.
  void StartLease(Entry& entry);
  // The task is gone: forgets it here and, unless that was done, has the handler undo it.
  void Gone(const Ids& ids, const char* why, bool undo);

  EventLoop& loop_;
  Handler& handler_;
  const absl::Duration lease_;
  absl::AnyInvocable<bool(const TaskKey&)> taken_;
  absl::AnyInvocable<void()> empty_;
  Entries entries_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_TASKS_H_
