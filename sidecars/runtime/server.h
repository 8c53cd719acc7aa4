// A sidecar's gRPC server without a port: it serves the connections that it is handed. Beside the
// lifecycle service it has the standard ones for health and reflection.
#ifndef SIDECARS_RUNTIME_SERVER_H_
#define SIDECARS_RUNTIME_SERVER_H_

#include <grpcpp/server.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/lifecycle_service.h"
#include "sidecars/runtime/session.h"
#include "sidecars/runtime/tasks.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// All calls on the loop's thread. The loop and the handler outlive it.
class Server {
 public:
  // A lease of zero: a broken stream means that its task is gone (see Tasks).
  Server(EventLoop* loop, Handler* handler, SidecarName name, absl::Duration lease);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Ends what EndStreams has not; waits up to a second for streams whose supervisors don't read.
  ~Server();

  // `connection` must be a non-blocking stream socket.
  void Serve(UniqueFd connection);

  // All streams end (Unavailable), as if they broke, and no others are taken; health is
  // NOT_SERVING.
  void EndStreams();

  Tasks& tasks() { return tasks_; }

 private:
  Tasks tasks_;
  LifecycleService service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SERVER_H_
