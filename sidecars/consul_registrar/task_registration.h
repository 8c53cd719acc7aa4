// One task's services: what is wanted, what Consul is known to hold, and therefore what to do next.
// Pure: no I/O, no clock.
#ifndef SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_
#define SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/consul_api.h"
#include "sidecars/consul_registrar/definition.h"

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
    enum class Kind { kLook, kRegister, kDeregister };
    Kind kind;
    std::string id;  // Empty for kLook.
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
  // What a check of a new registration says: sick tasks are not revived by registering them again.
  void set_healthy(bool healthy) { healthy_ = healthy; }
  // True if that changed the wish.
  bool Want(Wish wish);
  Wish wish() const { return wish_; }

  // What to do now; nullopt where all is as wanted, or as near as Consul lets it be.
  std::optional<Step> Next() const;
  const ServiceDefinition& definition(const std::string& id) const;
  std::string status() const;

  // What came of a step; see consul_api.h for the codes.
  void OnRegistered(const std::string& id, const absl::Status& result, Moment now);
  void OnDeregistered(const std::string& id, const absl::Status& result, Moment now);
  // What Consul held when it was asked at `asked`; services touched since are left out of the
  // comparison.
  void Observe(const HeldServices& held, Moment asked);
  // Whatever was known of what Consul holds is to be looked at again.
  void Distrust();

  // Why a service can't be registered, or OK.
  absl::Status refusal() const;
  // A registration was sent and never answered: Consul may carry it out at any later time, after
  // the deregistration even.
  bool has_unanswered() const { return has_unanswered_; }
  // Makes Next() deregister everything once more.
  void DeregisterAgain();

  size_t size() const { return services_.size(); }

 private:
  enum class Known {
    kAbsent,
    kPerhaps,
    kOutdated,  // As kPerhaps, and what is held may differ in what a listing doesn't show.
    kHeld,
    kRefused,
  };
  struct Service {
    std::optional<ServiceDefinition> definition;
    Known known = Known::kAbsent;
    Moment touched = 0;
    absl::Status refusal;
  };

  // By id.
  std::map<std::string, Service> services_;
  std::string incarnation_;
  std::string initial_status_;
  bool healthy_ = false;
  bool has_unanswered_ = false;
  Wish wish_ = Wish::kUndecided;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_TASK_REGISTRATION_H_
