#include "sidecars/log_shipper/log_shipper.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/remembered_task.pb.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr char kLagBytes[] = "log_shipper_lag_bytes";
constexpr char kLagSeconds[] = "log_shipper_lag_seconds";

// Ids of tasks may be the same in another framework, or be said by another user.
sidecar::Metrics::Labels LagLabels(const sidecar::TaskKey& key) {
  return {{"uid", absl::StrCat(key.uid)},
          {"framework", key.framework_id},
          {"executor", key.executor_id},
          {"task", key.task_id}};
}

}  // namespace

struct LogShipper::Life {
  sidecar::TaskKey key;
  // Of the supervisor; empty where only the journal knows the task.
  std::string incarnation;
  std::optional<lifecycle::v1::Task> facts;
  std::optional<TaskSpools> spools;
  // What an earlier process left in the journal.
  std::string record;
  // Warned of, here or by an earlier process: once is enough.
  bool warned = false;
  std::unique_ptr<TaskStreams> streams;
  bool over = false;
  sidecar::ReplyCallback reply;
  std::unique_ptr<Pending> timer;
};

LogShipper::LogShipper(Parts parts) : parts_(std::move(parts)) {}
LogShipper::~LogShipper() = default;

LogShipper::Life& LogShipper::LifeOf(const sidecar::TaskKey& key, const std::string& incarnation) {
  std::unique_ptr<Life>& place = tasks_[key];
  if (place != nullptr && place->incarnation != incarnation && !place->incarnation.empty()) {
    Life& older = *replaced_.insert(replaced_.end(), std::move(place))->get();
    LOG(INFO) << "task " << key.task_id << " has a new executor";
    HideLag(key);
    End(older);
  }
  if (place == nullptr) {
    place = std::make_unique<Life>();
    place->key = key;
  }
  place->incarnation = incarnation;
  return *place;
}

bool LogShipper::TooManyOf(uid_t uid) const {
  if (uid == 0) return false;
  return std::count_if(
             tasks_.begin(), tasks_.end(),
             [uid](const auto& task) { return task.first.uid == uid && task.second->spools; }) +
             std::count_if(replaced_.begin(), replaced_.end(),
                           [uid](const auto& life) { return life->key.uid == uid; }) >=
         kMostUnattached;
}

void LogShipper::OnSpools(TaskSpools spools) {
  if (TooManyOf(spools.key.uid)) {
    LOG_EVERY_T(WARNING, 1) << "spools of the user " << spools.key.uid
                            << " are let go: " << kMostUnattached
                            << " wait for their tasks to attach, or to end";
    return;
  }
  Life& life = LifeOf(spools.key, spools.incarnation);
  if (life.streams != nullptr) return life.streams->Hold(std::move(spools.held));
  life.spools = std::move(spools);
  if (!life.facts) {
    life.timer = parts_.loop->After(kMeetingTime, [this, &life] {
      LOG(WARNING) << "task " << life.key.task_id << " sent its spools, but didn't attach";
      Gone(life);
    });
  }
  Meet(life);
}

void LogShipper::OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
                         const sidecar::TaskState& state) {
  Life& life = LifeOf(key, attach.incarnation());
  if (life.over && state.phase != lifecycle::v1::TERMINATED) {
    // Its lease had run out, yet it lives. Its supervisor sees that its spools were let go, and
    // sends them again.
    HideLag(key);
    life.streams.reset();
    life.over = false;
  }
  if (!life.over) life.timer.reset();
  life.facts = attach.task();
  Meet(life);
  if (state.phase == lifecycle::v1::TERMINATED) End(life);
}

void LogShipper::OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
                         absl::Duration /*deadline*/, sidecar::ReplyCallback reply) {
  const auto task = tasks_.find(key);
  if (state.phase != lifecycle::v1::TERMINATED || task == tasks_.end()) return reply({});
  Life& life = *task->second;
  if (life.streams != nullptr) {
    reply({.outcome = lifecycle::v1::Answer::PENDING, .message = "shipping the rest"});
    life.reply = std::move(reply);
  } else {
    reply({});
  }
  End(life);
}

void LogShipper::OnRecovered(const sidecar::TaskKey& key, const std::string& record) {
  RememberedTask remembered;
  Life& life = LifeOf(key, remembered.ParseFromString(record) ? remembered.incarnation() : "");
  life.record = record;
  life.warned = true;
}

void LogShipper::Undo(const sidecar::TaskKey& key) {
  const auto task = tasks_.find(key);
  if (task == tasks_.end()) return parts_.memory->Forget(key);
  End(*task->second);
}

void LogShipper::WhenIdle(absl::AnyInvocable<void()> done) {
  if (idle()) return parts_.loop->Post(std::move(done));
  when_idle_.push_back(std::move(done));
}

bool LogShipper::idle() const {
  const auto ships = [](const Life& life) { return life.over && life.streams != nullptr; };
  return std::none_of(tasks_.begin(), tasks_.end(),
                      [&](const auto& task) { return ships(*task.second); }) &&
         std::none_of(replaced_.begin(), replaced_.end(),
                      [&](const auto& life) { return ships(*life); });
}

void LogShipper::Meet(Life& life) {
  if (life.streams != nullptr || !life.facts || !life.spools) return;
  RememberedTask remembered;
  *remembered.mutable_facts() = *life.facts;
  remembered.set_incarnation(life.incarnation);
  remembered.set_spools(life.spools->record);
  parts_.memory->Remember(life.key, remembered.SerializeAsString());
  Open(life, *std::exchange(life.spools, std::nullopt));
  life.timer.reset();
  if (std::exchange(life.over, false)) End(life);
}

void LogShipper::Open(Life& life, TaskSpools spools) {
  TaskStreams::Terms terms = parts_.terms(*life.facts);
  if (!std::exchange(life.warned, true)) {
    for (const std::string& warning : terms.warnings) {
      LOG(WARNING) << "task " << life.key.task_id << ": " << warning;
    }
  }
  life.streams = std::make_unique<TaskStreams>(std::move(spools), std::move(terms), parts_.shipper,
                                               parts_.watch, parts_.counters);
  ShowLag(life);
}

void LogShipper::End(Life& life) {
  if (std::exchange(life.over, true)) return;
  if (life.streams == nullptr && !life.record.empty() && !Reopen(life)) return Gone(life);
  if (life.streams == nullptr) {
    // Its spools may be on their way.
    life.timer = parts_.loop->After(kMeetingTime, [this, &life] { Gone(life); });
    return;
  }
  life.timer = parts_.loop->After(kDrainTime, [&life] {
    LOG(WARNING) << "the output of task " << life.key.task_id
                 << " could not be delivered in time: the rest of it is dropped";
    life.streams->Abandon();
  });
  life.streams->End([this, &life] { Delivered(life); }, [this, &life] { Gone(life); });
}

bool LogShipper::Reopen(Life& life) {
  RememberedTask remembered;
  if (!remembered.ParseFromString(life.record)) {
    LOG(ERROR) << "what was remembered of task " << life.key.task_id << " can't be read";
    return false;
  }
  absl::StatusOr<TaskSpools> spools = parts_.reopen(life.key, remembered.spools());
  if (!spools.ok()) {
    LOG(WARNING) << "the rest of the output of task " << life.key.task_id
                 << " can't be shipped: " << spools.status().message();
    return false;
  }
  life.facts = std::move(*remembered.mutable_facts());
  Open(life, *std::move(spools));
  return true;
}

void LogShipper::Delivered(Life& life) {
  if (auto reply = std::exchange(life.reply, nullptr)) reply({});
  if (parts_.keeps_window) return;
  life.timer = parts_.loop->After(absl::ZeroDuration(), [this, &life] { Gone(life); });
}

void LogShipper::Gone(Life& life) {
  const auto task = tasks_.find(life.key);
  // Held until the end, as its own timer may have called this.
  std::unique_ptr<Life> ended;
  if (task != tasks_.end() && task->second.get() == &life) {
    parts_.memory->Forget(life.key);
    HideLag(life.key);
    ended = std::move(task->second);
    tasks_.erase(task);
  } else {
    const auto older = std::find_if(replaced_.begin(), replaced_.end(),
                                    [&](const auto& other) { return other.get() == &life; });
    ended = std::move(*older);
    replaced_.erase(older);
  }
  ended.reset();
  if (!idle()) return;
  for (auto& done : std::exchange(when_idle_, {})) parts_.loop->Post(std::move(done));
}

void LogShipper::HideLag(const sidecar::TaskKey& key) {
  parts_.counters->metrics.RemoveGauge(kLagBytes, LagLabels(key));
  parts_.counters->metrics.RemoveGauge(kLagSeconds, LagLabels(key));
}

void LogShipper::ShowLag(Life& life) {
  TaskStreams* const streams = life.streams.get();
  parts_.counters->metrics.SetGauge(
      kLagBytes, "Bytes that the task wrote and that are not sent yet.", LagLabels(life.key),
      [streams] { return static_cast<double>(streams->lag_bytes()); });
  parts_.counters->metrics.SetGauge(
      kLagSeconds, "How long the oldest of them has waited.", LagLabels(life.key),
      [streams] { return absl::ToDoubleSeconds(streams->lag_time()); });
}

}  // namespace mesos_executor::log_shipper
