#include "sidecars/vaas_registrar/backend_keeper.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sidecars/vaas_registrar/weight_ramp.h"

namespace mesos_executor::vaas {
namespace {

using Wish = BackendLife::Wish;

// What a list of names gave, as an id.
absl::StatusOr<int64_t> IdOf(const absl::StatusOr<std::optional<int64_t>>& found,
                             absl::string_view missing) {
  if (!found.ok()) return found.status();
  if (!found->has_value()) return absl::NotFoundError(missing);
  return **found;
}

const char* NameOf(BackendLife::Step step) {
  switch (step) {
    case BackendLife::Step::kFindDirector:
      return "find_director";
    case BackendLife::Step::kFindDc:
      return "find_dc";
    case BackendLife::Step::kLook:
      return "look";
    case BackendLife::Step::kAdd:
      return "add";
    case BackendLife::Step::kDelete:
      return "delete";
    case BackendLife::Step::kFollow:
      return "follow";
    case BackendLife::Step::kSetWeight:
      return "set_weight";
    case BackendLife::Step::kNone:
      return "none";
  }
  return "none";
}

}  // namespace

void BackendKeeper::Recover(std::optional<int64_t> id) {
  life_.Recover(id);
  if (!id.has_value()) late_ = true;
}

void BackendKeeper::WantPresent(const BackendDefinition& definition, bool ours) {
  if (life_.WantPresent(definition, ours)) StartOver();
}

void BackendKeeper::WantAbsent() {
  if (life_.WantAbsent()) StartOver();
}

void BackendKeeper::StartOver() {
  settled_ = false;
  removed_.reset();
  following_since_.reset();
  pause_.reset();
  ramp_.reset();
  attempts_.Reset();
  if (turn_ != nullptr && !turn_->started()) turn_.reset();
  // Not from within the call, as that may tell the owner.
  if (turn_ == nullptr) {
    pause_ = vaas_->loop->After(absl::ZeroDuration(), [this] {
      pause_.reset();
      Advance();
    });
  }
}

void BackendKeeper::Observe(absl::Time asked, const std::set<BackendKey>& held) {
  if (!settled_ || turn_ != nullptr || touched_ >= asked || !life_.is_held()) return;
  life_.Observe(held.contains({life_.director_id(), name_.address, name_.port}));
  if (life_.is_held()) return;
  Log(absl::NotFoundError("VaaS does not list it any more: adding it again if it is gone"));
  logged_.clear();  // Whoever removes it again should read of it again.
  settled_ = false;
  ramp_.reset();
  Advance();
}

void BackendKeeper::Advance() {
  if (turn_ != nullptr || pause_ != nullptr) return;
  const Step step = life_.Next();
  if (step == Step::kNone) return Settle();
  if (step == Step::kFollow) return Follow();
  turn_ =
      vaas_->turns->Wait(/*urgent=*/life_.wish() == Wish::kAbsent, [this, step] { Perform(step); });
}

// The wish is still that of Advance: another one gives the turn up.
void BackendKeeper::Perform(Step step) {
  switch (step) {
    case Step::kFindDirector: {
      const auto known = vaas_->directors.find(name_.director);
      if (known != vaas_->directors.end()) {
        life_.OnDirector(known->second);
        turn_.reset();
        return Advance();
      }
      request_ = vaas_->client->FindDirector(
          name_.director, [this](absl::StatusOr<std::optional<int64_t>> found) {
            const auto id = IdOf(found, absl::StrCat("VaaS has no director ", name_.director,
                                                     ": create it, or name another one in the "
                                                     "label `director`"));
            if (id.ok()) vaas_->directors[name_.director] = *id;
            life_.OnDirector(id);
            OnDone(Step::kFindDirector, id.status());
          });
      return;
    }
    case Step::kFindDc: {
      const std::string dc = life_.definition().dc;
      const auto known = vaas_->dcs.find(dc);
      if (known != vaas_->dcs.end()) {
        life_.OnDc(known->second);
        turn_.reset();
        return Advance();
      }
      request_ =
          vaas_->client->FindDc(dc, [this, dc](absl::StatusOr<std::optional<int64_t>> found) {
            const auto id = IdOf(found, absl::StrCat("VaaS has no data centre with the symbol ", dc,
                                                     ": set CLOUD_DC to one that it has"));
            if (id.ok()) vaas_->dcs[dc] = *id;
            life_.OnDc(id);
            OnDone(Step::kFindDc, id.status());
          });
      return;
    }
    case Step::kLook:
      request_ =
          vaas_->client->FindBackend({life_.director_id(), name_.address, name_.port},
                                     [this](absl::StatusOr<std::optional<HeldBackend>> found) {
                                       life_.OnLooked(found);
                                       OnDone(Step::kLook, found.status());
                                     });
      return;
    case Step::kAdd:
      // On disk before VaaS hears.
      owner_->OnIdChange(name_);
      request_ = vaas_->client->Add(life_.definition(), life_.director_id(), life_.dc_id(),
                                    [this](absl::StatusOr<Added> added) {
                                      if (absl::IsUnavailable(added.status())) {
                                        late_ = true;
                                      } else if (absl::IsNotFound(added.status())) {
                                        vaas_->directors.erase(name_.director);
                                        vaas_->dcs.erase(life_.definition().dc);
                                      }
                                      life_.OnAdded(added);
                                      OnDone(Step::kAdd, added.status());
                                    });
      return;
    case Step::kDelete:
      removing_ = true;
      request_ = vaas_->client->Delete(*life_.id(), [this](absl::StatusOr<std::string> deleted) {
        life_.OnDeleted(deleted);
        OnDone(Step::kDelete, deleted.status());
      });
      return;
    case Step::kFollow:
      request_ =
          vaas_->client->LookAtTask(life_.task_id(), [this](absl::StatusOr<TaskProgress> progress) {
            life_.OnFollowed(progress);
            OnDone(Step::kFollow, progress.status());
          });
      return;
    case Step::kSetWeight:
      request_ = vaas_->client->SetWeight(*life_.id(), life_.weight_to_set(),
                                          [this](absl::StatusOr<std::string> set) {
                                            life_.OnWeightSet(set);
                                            OnDone(Step::kSetWeight, set.status());
                                          });
      return;
    case Step::kNone:
      LOG(FATAL) << "nothing to perform";
  }
}

void BackendKeeper::Follow() {
  const absl::Time now = vaas_->loop->Now();
  if (!following_since_.has_value()) {
    following_since_ = now;
    questions_.Reset();
  }
  const absl::Duration left = *following_since_ + vaas_->async_timeout - now;
  if (left <= absl::ZeroDuration()) {
    Log(absl::DeadlineExceededError(
        absl::StrCat("VaaS has not brought the last change into Varnish within ",
                     absl::FormatDuration(vaas_->async_timeout),
                     " (VAAS_ASYNC_TIMEOUT): looking at what it has")));
    following_since_.reset();
    life_.StopFollowing();
    return Advance();
  }
  pause_ = vaas_->loop->After(std::min(questions_.Next(vaas_->random()), left), [this] {
    pause_.reset();
    turn_ = vaas_->turns->Wait(/*urgent=*/life_.wish() == Wish::kAbsent,
                               [this] { Perform(Step::kFollow); });
  });
}

void BackendKeeper::OnDone(Step step, const absl::Status& result) {
  request_.reset();
  turn_.reset();
  touched_ = vaas_->loop->Now();
  vaas_->Note(NameOf(step), result);
  if (life_.task_id().empty()) following_since_.reset();
  owner_->OnIdChange(name_);
  // What is over for good is no reason to try again, and a task is asked again anyway.
  const Step next = life_.Next();
  const bool stale = absl::IsNotFound(result) && (step == Step::kAdd || step == Step::kSetWeight);
  const bool passing = absl::IsUnavailable(result) || absl::IsAlreadyExists(result) || stale;
  if (!result.ok() && !passing) Log(result);
  if (result.ok() || next == Step::kNone || next == Step::kFollow) {
    attempts_.Reset();
    return Advance();
  }
  // The rest, only somebody at VaaS can mend: no hurry.
  if (!passing) attempts_.Slow();
  absl::Duration pause = attempts_.Next(vaas_->random());
  if (step == Step::kAdd && absl::IsFailedPrecondition(result)) {
    pause = kRefused * (1 - vaas_->random() * 0.8);
  }
  pause_ = vaas_->loop->After(pause, [this] {
    pause_.reset();
    Advance();
  });
  const bool worth_telling = absl::IsUnavailable(result) || !passing;
  if (worth_telling) owner_->OnFailed(name_, result);  // May destroy this.
}

void BackendKeeper::Log(const absl::Status& trouble) {
  if (logged_ == trouble.message()) return;
  logged_ = std::string(trouble.message());
  LOG(WARNING) << "the backend " << name_.address << ":" << name_.port << " of the director "
               << name_.director << ": " << logged_;
}

void BackendKeeper::Settle() {
  settled_ = true;
  const bool asked = std::exchange(removing_, false);
  if (asked && life_.is_absent()) removed_ = vaas_->loop->Now();
  if (!life_.reload().ok()) Log(life_.reload());
  if (life_.wish() == Wish::kPresent) {
    ArmRamp();
  } else if (late_) {
    pause_ = vaas_->loop->After(kLateAddition, [this] {
      pause_.reset();
      late_ = false;
      life_.Distrust();
      settled_ = false;
      Advance();
    });
  }
  owner_->OnSettled(name_);  // May destroy this.
}

void BackendKeeper::ArmRamp() {
  const auto& ramp = life_.definition().ramp;
  if (!ramp.has_value() || !life_.weight().has_value() || life_.weight_refused()) return;
  const auto next = NextWeight(*ramp, *life_.weight());
  if (!next.has_value() || ramp_ != nullptr) return;
  ramp_ = vaas_->loop->After(RampPause(*ramp), [this, next = *next] {
    ramp_.reset();
    life_.SetWeight(next);
    Advance();
  });
}

}  // namespace mesos_executor::vaas
