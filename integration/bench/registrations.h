// Many tasks turn healthy at once: how fast they are registered in Consul.
#ifndef INTEGRATION_BENCH_REGISTRATIONS_H_
#define INTEGRATION_BENCH_REGISTRATIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace mesos_executor::bench {

// Both register `tasks` services at the Consul agent on 127.0.0.1:`port`, then remove them again,
// and return the registrations a second, without the removal. `prefix` starts each task's id.
// Errors: what Consul answered, or nothing within a minute.

// consul-registrar's own logic and client, in this process; it remembers in memory only, so that no
// disk is measured.
absl::StatusOr<double> RegisterByRegistrar(uint16_t port, int tasks, const std::string& prefix);

// The least that it takes: the same requests, written beforehand, by as many threads as the
// registrar has places for registrations, each over one connection that it keeps.
absl::StatusOr<double> RegisterByBareLoop(uint16_t port, int tasks, const std::string& prefix);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_REGISTRATIONS_H_
