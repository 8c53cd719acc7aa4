// Keeps one backend of VaaS as it is wanted: asks, follows, tries again, raises its weight.
#ifndef SIDECARS_VAAS_REGISTRAR_BACKEND_KEEPER_H_
#define SIDECARS_VAAS_REGISTRAR_BACKEND_KEEPER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/runtime/retry_pause.h"
#include "sidecars/runtime/turns.h"
#include "sidecars/vaas_registrar/backend_definition.h"
#include "sidecars/vaas_registrar/backend_life.h"
#include "sidecars/vaas_registrar/vaas_access.h"
#include "sidecars/vaas_registrar/vaas_requests.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::vaas {

// Lives on the loop's thread. One request at a time; each waits for its turn, and what removes goes
// first. The newest wish counts: a request that VaaS has not seen yet, it need not see; what it has
// seen is waited for, so that it does not come after its own undoing.
//
// An addition that was not answered, or whose answer an earlier process did not live to see, may be
// carried out by VaaS at any later time, after the look that found nothing even: one more look
// follows, kLateAddition after it.
class BackendKeeper {
 public:
  static constexpr absl::Duration kLateAddition = absl::Seconds(30);
  // Until an addition is tried again that was refused, but perhaps not for good; shortened at
  // random by up to four fifths.
  static constexpr absl::Duration kRefused = absl::Minutes(5);

  // Told of what happens, never before a method of the keeper returns; may then destroy it.
  class Owner {
   public:
    virtual ~Owner() = default;
    // It is about to be added, or its id has become another one: to be remembered. Must not destroy
    // the keeper.
    virtual void OnIdChange(const BackendName& name) = 0;
    // All is as wanted, as far as VaaS lets it be.
    virtual void OnSettled(const BackendName& name) = 0;
    // An attempt failed. Another follows, soon only after Unavailable.
    virtual void OnFailed(const BackendName& name, const absl::Status& why) = 0;
  };

  BackendKeeper(VaasAccess* vaas, Owner* owner, BackendName name)
      : vaas_(vaas), owner_(owner), name_(std::move(name)) {}
  BackendKeeper(const BackendKeeper&) = delete;
  BackendKeeper& operator=(const BackendKeeper&) = delete;

  // As BackendLife has them.
  void Recover(std::optional<int64_t> id);
  void WantPresent(const BackendDefinition& definition, bool ours);
  void WantAbsent();

  // What a list showed that was asked for at `asked`: the names of those that VaaS has. Ignored if
  // this one was touched since.
  void Observe(absl::Time asked, const std::set<BackendKey>& held);

  const BackendLife& life() const { return life_; }
  bool settled() const { return settled_; }
  // When Varnish had lost it, as far as VaaS says, after the last removal that the newest wish led
  // to.
  std::optional<absl::Time> removed() const { return removed_; }
  // Settled, and no unanswered addition can make it come back.
  bool clean() const { return settled_ && !late_; }

 private:
  using Step = BackendLife::Step;

  // The newest wish is another one: what was begun for the older one, and can be, is dropped.
  void StartOver();
  // Takes the next step, unless something is under way.
  void Advance();
  void Perform(Step step);
  void Follow();
  void OnDone(Step step, const absl::Status& result);
  // Once, until something else is to be told.
  void Log(const absl::Status& trouble);
  void Settle();
  void ArmRamp();

  VaasAccess* const vaas_;
  Owner* const owner_;
  const BackendName name_;
  BackendLife life_;
  bool settled_ = false;
  // The last step's end.
  absl::Time touched_;
  // VaaS was asked to remove it, and has not settled since.
  bool removing_ = false;
  std::optional<absl::Time> removed_;
  // An addition that was not answered may still be carried out.
  bool late_ = false;
  std::unique_ptr<sidecar::Turns::Turn> turn_;
  std::unique_ptr<Pending> request_;
  // Until the next attempt, look or question.
  std::unique_ptr<Pending> pause_;
  sidecar::RetryPause attempts_;
  sidecar::RetryPause questions_;
  std::optional<absl::Time> following_since_;
  std::unique_ptr<Pending> ramp_;
  std::string logged_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_BACKEND_KEEPER_H_
