// A sidecar on real sockets that is well up to a phase and has its fault from there on.
#ifndef INTEGRATION_LIFECYCLE_FAULTY_SIDECAR_H_
#define INTEGRATION_LIFECYCLE_FAULTY_SIDECAR_H_

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "integration/lifecycle/fault_table.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/lifecycle/test_daemon.h"

namespace mesos_executor::lifecycle {

class FaultySidecar {
 public:
  // `before` is the phase that the task has before `phase`; PHASE_UNSPECIFIED: none. Serves nobody
  // yet.
  FaultySidecar(Fault fault, v1::Phase before, v1::Phase phase);
  ~FaultySidecar();
  FaultySidecar(const FaultySidecar&) = delete;
  FaultySidecar& operator=(const FaultySidecar&) = delete;

  // As the host's daemon, at this path, until destroyed. Its death is that of all its connections,
  // and of the listening socket, whose file stays.
  void ServeAt(const std::string& socket);
  // As a private one. Its death is this process'.
  void ServeOnly(UniqueFd connection);

  // A fault of the connection is there.
  bool struck() const { return struck_; }

 private:
  bool private_one() const { return socket_.empty(); }
  void Listen();
  void AcceptAll(int listener);
  void Serve(UniqueFd connection);
  // Lets it through up to so many bytes of the sidecar's, then dies.
  UniqueFd CutShort(UniqueFd connection);
  void CutConnections();
  void StopListening();
  void Die();
  void Strike();

  grpc::Status Converse(Conversation& supervisor);
  // How a stream ends whose connection is faulty.
  grpc::Status BadStream(Conversation& supervisor);
  // What the stream ends with, where it does.
  std::optional<grpc::Status> Misbehave(Conversation& supervisor, uint64_t seq);

  const Fault fault_;
  const v1::Phase before_;
  const v1::Phase phase_;
  std::string socket_;
  std::atomic<bool> struck_ = false;
  // It was restarted, or replaced: well again.
  std::atomic<bool> well_ = false;
  // Bytes that a connection that is cut short still lets through.
  std::atomic<int64_t> left_ = INT64_MAX;
  absl::Notification over_;

  std::mutex mutex_;
  std::shared_ptr<UniqueFd> listener_;
  std::vector<UniqueFd> connections_;
  std::vector<std::thread> threads_;
  std::unique_ptr<TestDaemon> daemon_;
};

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_FAULTY_SIDECAR_H_
