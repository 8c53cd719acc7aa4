// What all who speak with one VaaS share.
#ifndef SIDECARS_VAAS_REGISTRAR_VAAS_ACCESS_H_
#define SIDECARS_VAAS_REGISTRAR_VAAS_ACCESS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/runtime/metrics.h"
#include "sidecars/runtime/turns.h"
#include "sidecars/vaas_registrar/client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::vaas {

// Lives on the loop's thread, and longer than those who share it.
struct VaasAccess {
  EventLoop* loop;
  Client* client;
  sidecar::Turns* turns;
  sidecar::Metrics* metrics;
  // From 0 (included) to 1.
  absl::AnyInvocable<double()> random;
  // How long a change is followed on its way into Varnish.
  absl::Duration async_timeout;

  // Ids that VaaS gave. One that it doesn't know any more is asked for again.
  std::map<std::string, int64_t> directors;
  std::map<std::string, int64_t> dcs;

  // To be called with what came of each request: counts it, and logs when VaaS goes and comes.
  void Note(const char* request, const absl::Status& result);

  // Without a failure for so long, VaaS counts as back: one that fails now and then must not flood
  // the log.
  static constexpr absl::Duration kSteady = absl::Seconds(30);
  // As the log says.
  bool away = false;
  absl::Time last_failure;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_VAAS_ACCESS_H_
