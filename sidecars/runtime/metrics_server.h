// Shows a sidecar's metrics to Prometheus: GET /metrics over HTTP/1.1.
#ifndef SIDECARS_RUNTIME_METRICS_SERVER_H_
#define SIDECARS_RUNTIME_METRICS_SERVER_H_

#include <list>
#include <memory>

#include "sidecars/runtime/acceptor.h"
#include "sidecars/runtime/metrics.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread, of which nobody can take much: one request a connection, 8 KiB, 10 s,
// and 16 connections at once; one more is closed. The loop and the metrics outlive it.
class MetricsServer {
 public:
  MetricsServer(AsioEventLoop* loop, UniqueFd listening, Metrics* metrics);
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  ~MetricsServer();

 private:
  class Connection;

  void Serve(UniqueFd socket);

  AsioEventLoop& loop_;
  Metrics& metrics_;
  std::list<std::unique_ptr<Connection>> connections_;
  Acceptor acceptor_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_METRICS_SERVER_H_
