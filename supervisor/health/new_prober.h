// The prober of a check's kind.
#ifndef SUPERVISOR_HEALTH_NEW_PROBER_H_
#define SUPERVISOR_HEALTH_NEW_PROBER_H_

#include <memory>

#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/command_runner.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// All must outlive it.
std::unique_ptr<Prober> NewProber(AsioEventLoop* loop, HttpClient* client, CommandRunner* runner,
                                  const CheckDefinition& definition);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_NEW_PROBER_H_
