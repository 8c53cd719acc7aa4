// Probes a task by connecting to it.
#ifndef SUPERVISOR_HEALTH_TCP_PROBER_H_
#define SUPERVISOR_HEALTH_TCP_PROBER_H_

#include <memory>

#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// A connection that is made is a success, and is closed at once. `loop` must outlive it and its
// probes.
std::unique_ptr<Prober> NewTcpProber(AsioEventLoop* loop, TcpCheck check);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_TCP_PROBER_H_
