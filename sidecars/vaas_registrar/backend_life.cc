#include "sidecars/vaas_registrar/backend_life.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mesos_executor::vaas {
namespace {

// Tags are a set in VaaS.
bool SameTags(std::vector<std::string> one, std::vector<std::string> other) {
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  return one == other;
}

}  // namespace

void BackendLife::Recover(std::optional<int64_t> id) {
  // Two tasks may remember it, the older one with a row that is gone since.
  const bool doubtful = known_ == Known::kPerhaps && id_ != id;
  known_ = Known::kPerhaps;
  id_ = doubtful ? std::nullopt : id;
}

bool BackendLife::WantPresent(const BackendDefinition& definition, bool ours) {
  const bool changed = std::exchange(wish_, Wish::kPresent) != Wish::kPresent;
  if (!changed && definition == asked_) return false;
  // Whatever was begun for another wish is of no interest any more.
  task_id_.clear();
  refusal_ = absl::OkStatus();
  reload_ = absl::OkStatus();
  weight_to_set_.reset();
  weight_refused_ = false;
  asked_ = definition;
  definition_ = definition;
  ours_ = ours;
  // What VaaS has may be another task's, with another weight and other tags.
  if (known_ == Known::kHeld) known_ = Known::kPerhaps;
  return true;
}

bool BackendLife::WantAbsent() {
  if (std::exchange(wish_, Wish::kAbsent) == Wish::kAbsent) return false;
  task_id_.clear();
  weight_to_set_.reset();
  refusal_ = absl::OkStatus();
  reload_ = absl::OkStatus();
  return true;
}

BackendLife::Step BackendLife::Next() const {
  if (wish_ == Wish::kUndecided || !refusal_.ok()) return Step::kNone;
  const bool present = wish_ == Wish::kPresent;
  if (known_ == Known::kPerhaps) {
    if (!present && id_.has_value()) return Step::kDelete;
    return director_id_.has_value() ? Step::kLook : Step::kFindDirector;
  }
  if (known_ == Known::kHeld && (!present || outdated_)) return Step::kDelete;
  if (known_ == Known::kAbsent && present) {
    if (!director_id_.has_value()) return Step::kFindDirector;
    return dc_id_.has_value() ? Step::kAdd : Step::kFindDc;
  }
  if (!task_id_.empty()) return Step::kFollow;
  return weight_to_set_.has_value() ? Step::kSetWeight : Step::kNone;
}

void BackendLife::OnDirector(const absl::StatusOr<int64_t>& found) {
  if (found.ok()) {
    director_id_ = *found;
  } else if (absl::IsNotFound(found.status())) {
    // Without its director there is no backend.
    Lost();
  }
}

void BackendLife::OnDc(const absl::StatusOr<int64_t>& found) {
  if (found.ok()) dc_id_ = *found;
}

void BackendLife::Lost() {
  known_ = Known::kAbsent;
  id_.reset();
  outdated_ = false;
}

void BackendLife::OnLooked(const absl::StatusOr<std::optional<HeldBackend>>& found) {
  if (!found.ok()) return;
  if (!found->has_value()) return Lost();
  const HeldBackend& held = **found;
  known_ = Known::kHeld;
  id_ = held.id;
  weight_ = held.weight;
  const bool stuck =
      weight_refused_ && definition_.ramp.has_value() && weight_ != definition_.weight;
  outdated_ = wish_ == Wish::kPresent && (stuck || !SameTags(held.tags, definition_.tags));
  const bool heavier_or_lighter = definition_.weight.has_value() && definition_.weight != weight_;
  if (wish_ == Wish::kPresent && !ours_ && heavier_or_lighter) SetWeight(*definition_.weight);
}

void BackendLife::OnAdded(const absl::StatusOr<Added>& added) {
  if (added.ok()) {
    known_ = Known::kHeld;
    id_ = added->id;
    outdated_ = false;
    weight_ = definition_.weight;
    weight_to_set_.reset();
    task_id_ = added->task_id;
    return;
  }
  const absl::Status& status = added.status();
  if (absl::IsAlreadyExists(status)) {
    known_ = Known::kPerhaps;
  } else if (absl::IsNotFound(status)) {
    director_id_.reset();
    dc_id_.reset();
  } else if (absl::IsUnavailable(status)) {
    known_ = Known::kPerhaps;
    id_.reset();
  } else if (absl::IsInvalidArgument(status) && wish_ == Wish::kPresent) {
    refusal_ = status;
  }
}

void BackendLife::OnDeleted(const absl::StatusOr<std::string>& deleted) {
  if (deleted.ok()) {
    Lost();
    task_id_ = *deleted;
  } else if (absl::IsUnavailable(deleted.status())) {
    // Perhaps it was deleted all the same: look before another attempt.
    Distrust();
  }
}

void BackendLife::OnFollowed(const absl::StatusOr<TaskProgress>& progress) {
  if (progress.ok() && *progress == TaskProgress::kPending) return;
  if (!progress.ok() && !absl::IsAborted(progress.status())) return;
  reload_ = progress.status();
  task_id_.clear();
}

void BackendLife::StopFollowing() {
  task_id_.clear();
  Distrust();
}

void BackendLife::OnWeightSet(const absl::StatusOr<std::string>& set) {
  if (set.ok()) {
    weight_ = std::exchange(weight_to_set_, std::nullopt);
    task_id_ = *set;
  } else if (absl::IsNotFound(set.status())) {
    Lost();
  } else if (absl::IsInvalidArgument(set.status())) {
    weight_to_set_.reset();
    weight_refused_ = true;
    if (definition_.ramp.has_value()) {
      definition_.weight = definition_.ramp->to;
      outdated_ = true;
    }
  }
}

void BackendLife::Observe(bool there) {
  if (there || known_ != Known::kHeld) return;
  // The id stays: a removal needs no look, and deletes by it what the list has missed.
  known_ = Known::kPerhaps;
  // If it is there all the same, then with whatever weight it should keep.
  ours_ = true;
}

void BackendLife::SetWeight(int weight) {
  if (weight_refused_) return;
  definition_.weight = weight;
  weight_to_set_ = weight;
}

void BackendLife::Distrust() {
  known_ = Known::kPerhaps;
  id_.reset();
}

}  // namespace mesos_executor::vaas
