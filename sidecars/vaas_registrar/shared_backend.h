// One backend and the tasks that lay claim to it.
#ifndef SIDECARS_VAAS_REGISTRAR_SHARED_BACKEND_H_
#define SIDECARS_VAAS_REGISTRAR_SHARED_BACKEND_H_

#include <list>
#include <map>
#include <set>
#include <utility>

#include "sidecars/vaas_registrar/backend_definition.h"
#include "sidecars/vaas_registrar/backend_keeper.h"
#include "sidecars/vaas_registrar/backend_life.h"

namespace mesos_executor::vaas {

// What a task says of backends.
struct Claimant {
  BackendLife::Wish wish = BackendLife::Wish::kUndecided;
  // Those that it should have when it wants them present.
  std::map<BackendName, BackendDefinition> wanted;
  // Those, and the ones that an earlier process may have added for it.
  std::set<BackendName> claims;

  bool Wants(const BackendName& name) const {
    return wish == BackendLife::Wish::kPresent && wanted.contains(name);
  }
};

// Lives on the loop's thread. Tasks have the same one when a port is used again before what was
// there is removed.
class SharedBackend {
 public:
  SharedBackend(VaasAccess* vaas, BackendKeeper::Owner* owner, BackendName name)
      : name_(name), keeper_(vaas, owner, std::move(name)) {}

  // From now on it is the newest of those who have a say. It must release what it has claimed
  // before it goes.
  void Claim(Claimant* task);
  // True if nobody has a claim any more.
  bool Release(Claimant* task);

  // The newest of those who want it, or null.
  Claimant* wanted_by() const;
  // Tells the keeper what they want together. `ours` is BackendLife's.
  void Decide(bool ours);

  BackendKeeper& keeper() { return keeper_; }
  const BackendKeeper& keeper() const { return keeper_; }
  // The newest comes last.
  const std::list<Claimant*>& claimants() const { return claimants_; }

 private:
  const BackendName name_;
  BackendKeeper keeper_;
  std::list<Claimant*> claimants_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_SHARED_BACKEND_H_
