// A supervisor's end of a stream, for tests: each message by hand, with blocking calls.
#ifndef SIDECARS_RUNTIME_SCRIPTED_SUPERVISOR_H_
#define SIDECARS_RUNTIME_SCRIPTED_SUPERVISOR_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protos/lifecycle/v1/lifecycle.grpc.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// Opens a stream when made. A call that hangs fails after a minute.
class ScriptedSupervisor {
 public:
  explicit ScriptedSupervisor(UniqueFd connection);
  explicit ScriptedSupervisor(const std::shared_ptr<grpc::Channel>& channel);

  // Connects to the socket at `path`, waiting for it to appear; none after a minute.
  static UniqueFd Connect(const std::string& path);

  // Attaches (framework "framework", executor "executor") and sends the state. All senders: false
  // when the stream is gone.
  bool Attach(const std::string& task_id);
  bool Event(uint64_t seq, lifecycle::v1::Phase phase, int64_t deadline_seconds);
  bool Goodbye();
  bool Send(const lifecycle::v1::SupervisorMessage& message);
  void Cancel();

  // The next message, or none at the stream's end.
  std::optional<lifecycle::v1::SidecarMessage> Read();
  // Reads what is left, and says what the stream ended with.
  grpc::StatusCode End();

 private:
  std::unique_ptr<lifecycle::v1::Lifecycle::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<lifecycle::v1::SupervisorMessage, lifecycle::v1::SidecarMessage>>
      stream_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SCRIPTED_SUPERVISOR_H_
