// One task's services: what is wanted, what Consul is known to hold, and therefore what to do next.
// Pure: no I/O, no clock.
#ifndef SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_
#define SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "sidecars/consul_registrar/definition.h"
#include "sidecars/consul_registrar/holdings.h"

namespace mesos_executor::consul {

class TaskRegistration {
 public:
  enum class Wish {
    kUndecided,   // Leave everything as it is: an earlier process knew the task, and its supervisor
                  // hasn't spoken yet.
    kRegistered,  // Healthy, or was.
    kAbsent,      // Not healthy yet, about to end, or ended.
  };

  struct Step {
    enum class Kind { kLook, kRegister, kUpdateCheck, kDeregister };
    Kind kind;
    std::string id;  // Empty for kLook.
    // Of kRegister: what the check says until it has run. Of kUpdateCheck: what it is to say.
    std::string status;
  };

  // Orders what was done and what was seen: greater is later. See Observe.
  using Moment = uint64_t;

  // Takes up what Record() once gave. InvalidArgument for anything else.
  absl::Status Recover(const std::string& record);
  // The ids of all services that may be in Consul because of us, or soon will be; and for which
  // incarnation of the supervisor, where that is one.
  std::string Record() const;

  // `perhaps_held`: an earlier process may have registered them. What was registered for another
  // incarnation, or otherwise, will be registered anew.
  void Define(const std::string& incarnation, TaskDefinition definition, bool perhaps_held);
  // As the executor's own check says.
  void set_healthy(bool healthy) { healthy_ = healthy; }
  // True if that changed the wish.
  bool Want(Wish wish);
  Wish wish() const { return wish_; }

  // What to do now; nullopt where all is as wanted, or was tried in vain: see failure().
  std::optional<Step> Next() const;
  const ServiceDefinition& definition(const std::string& id) const;

  // What came of a step; see consul_api.h for the codes. A service whose step failed is passed over
  // until TryAgain. Returns the failure; OK where the step is no longer wanted.
  absl::Status OnDone(const Step& step, const absl::Status& result, Moment now);
  // What Consul held when it was asked at `asked`; services touched since are left out of the
  // comparison. True if something wasn't as it was believed to be.
  bool Observe(const Holdings& held, Moment asked);
  // Whatever was known of what Consul holds is to be looked at again.
  void Distrust();
  // Whatever is registered is to be registered once more: with another token.
  void RegisterAnew();
  // TTL checks are to be told once more what they say, so that they go on believing it.
  void RenewChecks();

  // Why a service isn't as wanted: of several reasons one that may pass soonest. OK: there is none.
  absl::Status failure() const;
  // Makes Next() pass over nothing.
  void TryAgain();

  // A registration was sent and never answered: Consul may carry it out at any later time, after
  // the deregistration even. An earlier process may have sent one, too.
  bool has_unanswered() const;
  // Makes Next() deregister everything once more.
  void DeregisterAgain();
  // Drops what is no longer defined and was removed. Not while a step is under way.
  void ForgetRemoved();

  size_t size() const { return services_.size(); }
  // How many services are registered, as far as is known.
  size_t held() const;

 private:
  enum class Known {
    kAbsent,
    kPerhaps,
    kOutdated,  // As kPerhaps, and what is held is not what is wanted, as far as is known.
    kMissing,   // A listing leaves it out: it isn't there, or we may not see it.
    kHeld,
  };
  struct Service {
    std::optional<ServiceDefinition> definition;
    Known known = Known::kAbsent;
    Moment touched = 0;
    absl::Status failure;
    bool has_unanswered = false;
    // What its check said when Consul was last asked, or was told; empty: unknown.
    std::string status;
    // The check was told long ago.
    bool stale = false;
  };

  static bool HasTtl(const ServiceDefinition& service) {
    return service.check.has_value() && service.check->ttl > absl::ZeroDuration();
  }
  bool Wanted(const Service& service) const {
    return wish_ == Wish::kRegistered && service.definition.has_value();
  }
  // What the check of a registration says: a sick task is not revived by registering it again.
  std::string InitialStatus(const Service& service) const;
  std::string TtlStatus() const { return healthy_ ? "passing" : "critical"; }
  void OnRegistered(Service& service, const Step& step, const absl::Status& result);
  void OnUpdated(Service& service, const Step& step, const absl::Status& result);
  void OnDeregistered(Service& service, const absl::Status& result);
  bool ObserveWanted(Service& service, const HeldService* held);

  // By id.
  std::map<std::string, Service> services_;
  std::map<std::string, std::string> meta_;
  std::string incarnation_;
  std::string initial_status_;
  bool healthy_ = false;
  Wish wish_ = Wish::kUndecided;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_
