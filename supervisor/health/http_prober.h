// Probes a task over HTTP, as `curl -L` in Mesos' own executors does.
#ifndef SUPERVISOR_HEALTH_HTTP_PROBER_H_
#define SUPERVISOR_HEALTH_HTTP_PROBER_H_

#include <memory>

#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// GET; an answer with a status from 200 to 399 is a success, whatever its body. Redirects on the
// same host are followed, up to 5; one that leads elsewhere (another host, a name) is the answer
// that it is: a success. Over TLS whoever answers is believed. `loop` and `client` must outlive it.
std::unique_ptr<Prober> NewHttpProber(EventLoop* loop, HttpClient* client, HttpCheck check);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HTTP_PROBER_H_
