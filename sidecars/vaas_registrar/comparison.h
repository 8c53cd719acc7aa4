// Asks VaaS, about once a minute, which backends it has.
#ifndef SIDECARS_VAAS_REGISTRAR_COMPARISON_H_
#define SIDECARS_VAAS_REGISTRAR_COMPARISON_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/runtime/turns.h"
#include "sidecars/vaas_registrar/vaas_access.h"
#include "sidecars/vaas_registrar/vaas_requests.h"

namespace mesos_executor::vaas {

// Lives on the loop's thread. One list for each address, which are few: all tasks of a host have
// the same, as a rule.
class Comparison {
 public:
  // Shortened at random by up to a half, so that hosts don't come all at once.
  static constexpr absl::Duration kEvery = absl::Minutes(1);

  // The addresses of interest; none: no more comparisons until the next Arm.
  using Addresses = absl::AnyInvocable<std::set<std::string>()>;
  // What VaaS has of one address, asked for at `asked`. A list that fails is passed over, as the
  // next one tells, too.
  using Listed = absl::AnyInvocable<void(const std::string& address, absl::Time asked,
                                         const std::set<BackendKey>& held)>;

  Comparison(VaasAccess* vaas, Addresses addresses, Listed listed)
      : vaas_(vaas), addresses_(std::move(addresses)), listed_(std::move(listed)) {}
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  // From now on. No-op where it is so already.
  void Arm();

 private:
  struct List {
    std::unique_ptr<sidecar::Turns::Turn> turn;
    std::unique_ptr<Pending> request;
  };

  void Compare();
  void Ask(const std::string& address);

  VaasAccess* const vaas_;
  Addresses addresses_;
  Listed listed_;
  std::unique_ptr<Pending> timer_;
  // By address.
  std::map<std::string, List> lists_;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_COMPARISON_H_
