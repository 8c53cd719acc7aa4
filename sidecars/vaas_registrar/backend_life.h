// One backend: what is wanted of it, what VaaS is known to have, and therefore what to do next.
// Pure: no I/O, no clock.
#ifndef SIDECARS_VAAS_REGISTRAR_BACKEND_LIFE_H_
#define SIDECARS_VAAS_REGISTRAR_BACKEND_LIFE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sidecars/vaas_registrar/backend_definition.h"
#include "sidecars/vaas_registrar/vaas_answers.h"

namespace mesos_executor::vaas {

// What came of a step is told with the errors of vaas_answers.h. After most of them Next() is
// another attempt at once: when it is made is the caller's matter.
class BackendLife {
 public:
  enum class Wish {
    kUndecided,  // Leave it as it is: an earlier process knew of it, and nobody has spoken yet.
    kPresent,
    kAbsent,
  };
  enum class Step {
    kNone,
    kFindDirector,
    kFindDc,
    kLook,  // For the row.
    kAdd,
    kDelete,
    kFollow,  // The task by which VaaS brings the last change into Varnish.
    kSetWeight,
  };

  // An earlier process may have added it, perhaps as this row.
  void Recover(std::optional<int64_t> id);

  // `ours`: an earlier process may have added it for the same task, and what its row says of the
  // weight is left alone. True if that changed the wish.
  bool WantPresent(const BackendDefinition& definition, bool ours);
  bool WantAbsent();
  Wish wish() const { return wish_; }

  // What to do now; kNone where all is as wanted, or as near as VaaS lets it be.
  Step Next() const;
  // What the steps need. The first two only once they are known.
  int64_t director_id() const { return *director_id_; }
  int64_t dc_id() const { return *dc_id_; }
  std::optional<int64_t> id() const { return id_; }
  const BackendDefinition& definition() const { return definition_; }
  const std::string& task_id() const { return task_id_; }
  int weight_to_set() const { return *weight_to_set_; }

  // NotFound: VaaS has none of that name.
  void OnDirector(const absl::StatusOr<int64_t>& found);
  void OnDc(const absl::StatusOr<int64_t>& found);
  void OnLooked(const absl::StatusOr<std::optional<HeldBackend>>& found);
  void OnAdded(const absl::StatusOr<Added>& added);
  void OnDeleted(const absl::StatusOr<std::string>& deleted);
  // Aborted ends it, too.
  void OnFollowed(const absl::StatusOr<TaskProgress>& progress);
  // The task took too long: what VaaS has is to be looked at.
  void StopFollowing();
  // Refused while the weight rises, it is added anew with the last one: it must not stay light.
  void OnWeightSet(const absl::StatusOr<std::string>& set);

  // What a list showed that was asked for after the last step had ended: whether the row is there.
  // A list can miss one (see Client), so one that is not there is looked at.
  void Observe(bool there);
  // The weight that it should have from now on. Ignored once VaaS has refused to change
  // one, until something else is wanted.
  void SetWeight(int weight);
  // The weight that VaaS has, where it is known.
  std::optional<int> weight() const { return weight_; }
  bool weight_refused() const { return weight_refused_; }

  // Whatever is known of the row is to be looked at again.
  void Distrust();

  bool is_held() const { return known_ == Known::kHeld; }
  bool is_absent() const { return known_ == Known::kAbsent; }
  // Why it can't be added, or OK.
  const absl::Status& refusal() const { return refusal_; }
  // Why the last change didn't come into Varnish, or OK.
  const absl::Status& reload() const { return reload_; }

 private:
  enum class Known { kAbsent, kPerhaps, kHeld };

  // The row is not there.
  void Lost();

  Wish wish_ = Wish::kUndecided;
  // As it was asked for, and with the weight that it has reached.
  BackendDefinition asked_;
  BackendDefinition definition_;
  bool ours_ = false;
  Known known_ = Known::kAbsent;
  std::optional<int64_t> director_id_;
  std::optional<int64_t> dc_id_;
  std::optional<int64_t> id_;
  // It has other tags than it should, or a weight that VaaS doesn't change.
  bool outdated_ = false;
  std::optional<int> weight_;
  std::optional<int> weight_to_set_;
  bool weight_refused_ = false;
  // Empty: none.
  std::string task_id_;
  absl::Status refusal_;
  absl::Status reload_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_BACKEND_LIFE_H_
