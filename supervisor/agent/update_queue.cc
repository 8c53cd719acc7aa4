#include "supervisor/agent/update_queue.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "supervisor/base/task_state.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;

constexpr absl::Duration kFirstSilence = absl::Seconds(1);
constexpr absl::Duration kLongestSilence = absl::Seconds(10);
constexpr absl::Duration kFirstDelay = absl::Milliseconds(100);
constexpr absl::Duration kLongestDelay = absl::Seconds(1);
constexpr size_t kMaxEndedTasks = 1024;

bool IsNewsOfCheck(const TaskStatus& status) {
  return status.state() == mesos::v1::TASK_RUNNING &&
         (status.reason() == TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED ||
          status.reason() == TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
}

bool SameNews(const TaskStatus& a, const TaskStatus& b) {
  return IsNewsOfCheck(a) && IsNewsOfCheck(b) && a.reason() == b.reason() &&
         a.task_id().value() == b.task_id().value();
}

}  // namespace

void UpdateQueue::AddTask(const mesos::v1::TaskInfo& task) {
  std::erase(ended_tasks_, task.task_id().value());
  for (const auto& known : tasks_) {
    if (known.task_id().value() == task.task_id().value()) return;
  }
  tasks_.push_back(task);
}

bool UpdateQueue::Add(TaskStatus status) {
  const std::string& task = status.task_id().value();
  if (std::find(ended_tasks_.begin(), ended_tasks_.end(), task) != ended_tasks_.end()) {
    LOG(ERROR) << "Task " << task << " has ended: " << mesos::v1::TaskState_Name(status.state())
               << " is dropped";
    return false;
  }
  if (IsNewsOfCheck(status) && !updates_.empty()) {
    const Update& newest = updates_.back();
    if (!newest.sent && SameNews(newest.status, status)) {
      updates_.pop_back();
    } else if (updates_.size() >= max_updates_) {
      const auto older = std::find_if(updates_.begin(), updates_.end(), [&](const Update& update) {
        return !update.sent && SameNews(update.status, status);
      });
      LOG(ERROR) << "Already " << updates_.size() << " updates wait for the agent: "
                 << (older == updates_.end() ? "one" : "an older one") << " of task " << task
                 << "'s checks is dropped";
      if (older == updates_.end()) return false;
      updates_.erase(older);
    }
  }
  if (IsTerminal(status.state())) ended_tasks_.push_back(task);
  if (ended_tasks_.size() > kMaxEndedTasks) ended_tasks_.pop_front();
  status.set_uuid(MakeUuid(random_));
  updates_.push_back({std::move(status)});
  return true;
}

const TaskStatus* UpdateQueue::Next(absl::Time now) {
  if (now < delayed_until_) return nullptr;
  if (now >= resend_at_) {
    for (Update& update : updates_) update.accepted = false;
    silence_ = std::min(silence_ * 2, kLongestSilence);
    resend_at_ = now + silence_;
  }
  const auto next = std::find_if(updates_.begin(), updates_.end(),
                                 [](const Update& update) { return !update.accepted; });
  if (next == updates_.end()) return nullptr;
  next->sent = true;
  return &next->status;
}

absl::Time UpdateQueue::next_time() const {
  const bool waiting = std::any_of(updates_.begin(), updates_.end(),
                                   [](const Update& update) { return !update.accepted; });
  return waiting ? delayed_until_ : std::max(resend_at_, delayed_until_);
}

void UpdateQueue::Accepted(const std::string& uuid, absl::Time now) {
  delay_ = absl::ZeroDuration();
  delayed_until_ = absl::InfinitePast();
  const auto update = Find(uuid);
  if (update == updates_.end()) return;
  update->accepted = true;
  if (resend_at_ == absl::InfiniteFuture()) RestartSilence(now);
}

void UpdateQueue::Delayed(absl::Time now) {
  delay_ = std::clamp(delay_ * 2, kFirstDelay, kLongestDelay);
  delayed_until_ = now + delay_;
}

std::optional<TaskStatus> UpdateQueue::Refused(const std::string& uuid) {
  const auto update = Find(uuid);
  if (update == updates_.end()) return std::nullopt;
  TaskStatus status = std::move(update->status);
  updates_.erase(update);
  if (IsTerminal(status.state())) Forget(status.task_id().value());
  if (updates_.empty()) resend_at_ = absl::InfiniteFuture();
  return status;
}

void UpdateQueue::FillSubscribe(mesos::v1::executor::Call::Subscribe& subscribe) {
  for (const auto& task : tasks_) *subscribe.add_unacknowledged_tasks() = task;
  for (Update& update : updates_) {
    *subscribe.add_unacknowledged_updates()->mutable_status() = update.status;
    update.sent = update.in_subscribe = true;
  }
}

void UpdateQueue::Subscribed(absl::Time now) {
  bool waiting = false;
  for (Update& update : updates_) {
    update.accepted = std::exchange(update.in_subscribe, false);
    waiting |= update.accepted;
  }
  delay_ = absl::ZeroDuration();
  delayed_until_ = absl::InfinitePast();
  resend_at_ = absl::InfiniteFuture();
  if (waiting) RestartSilence(now);
}

std::optional<TaskStatus> UpdateQueue::Acknowledge(const std::string& uuid, absl::Time now) {
  const auto update = Find(uuid);
  if (update == updates_.end()) return std::nullopt;
  const bool oldest = update == updates_.begin();
  TaskStatus status = std::move(update->status);
  updates_.erase(update);
  Forget(status.task_id().value());
  if (oldest) {  // The next oldest gets its whole time.
    resend_at_ = absl::InfiniteFuture();
    if (!updates_.empty() && updates_.front().accepted) RestartSilence(now);
  }
  return status;
}

void UpdateQueue::Forget(const std::string& task) {
  std::erase_if(tasks_, [&](const auto& known) { return known.task_id().value() == task; });
}

std::deque<UpdateQueue::Update>::iterator UpdateQueue::Find(const std::string& uuid) {
  return std::find_if(updates_.begin(), updates_.end(),
                      [&](const Update& update) { return update.status.uuid() == uuid; });
}

void UpdateQueue::RestartSilence(absl::Time now) {
  silence_ = kFirstSilence;
  resend_at_ = now + silence_;
}

}  // namespace mesos_executor::agent
