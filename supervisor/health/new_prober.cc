#include "supervisor/health/new_prober.h"

#include <variant>

#include "supervisor/health/command_prober.h"
#include "supervisor/health/http_prober.h"
#include "supervisor/health/tcp_prober.h"

namespace mesos_executor::health {

std::unique_ptr<Prober> NewProber(AsioEventLoop* loop, HttpClient* client, CommandRunner* runner,
                                  const CheckDefinition& definition) {
  if (const auto* http = std::get_if<HttpCheck>(&definition.probe)) {
    return NewHttpProber(loop, client, *http);
  }
  if (const auto* tcp = std::get_if<TcpCheck>(&definition.probe)) return NewTcpProber(loop, *tcp);
  return NewCommandProber(runner, std::get<CheckCommand>(definition.probe));
}

}  // namespace mesos_executor::health
