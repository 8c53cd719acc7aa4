#include "sidecars/vaas_registrar/shared_backend.h"

#include <algorithm>

namespace mesos_executor::vaas {

void SharedBackend::Claim(Claimant* task) {
  claimants_.remove(task);
  claimants_.push_back(task);
  task->claims.insert(name_);
}

bool SharedBackend::Release(Claimant* task) {
  claimants_.remove(task);
  return claimants_.empty();
}

Claimant* SharedBackend::wanted_by() const {
  const auto wants =
      std::find_if(claimants_.rbegin(), claimants_.rend(),
                   [this](const Claimant* claimant) { return claimant->Wants(name_); });
  return wants == claimants_.rend() ? nullptr : *wants;
}

void SharedBackend::Decide(bool ours) {
  if (const Claimant* claimant = wanted_by()) {
    keeper_.WantPresent(claimant->wanted.at(name_), ours);
    return;
  }
  // A task whose supervisor hasn't spoken yet may still want it.
  const bool undecided = std::any_of(
      claimants_.begin(), claimants_.end(),
      [](const Claimant* claimant) { return claimant->wish == BackendLife::Wish::kUndecided; });
  if (!undecided) keeper_.WantAbsent();
}

}  // namespace mesos_executor::vaas
