// One stream of a supervisor, from its first message to its last. Pure: bytes and threads are the
// edge's.
#ifndef SIDECARS_RUNTIME_SESSION_H_
#define SIDECARS_RUNTIME_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/peer.h"
#include "sidecars/runtime/tasks.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// The stream's other direction. Never blocks.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  virtual void Write(const lifecycle::v1::SidecarMessage& message) = 0;
  // Ends the stream, after what was written. Later calls are ignored.
  virtual void End(absl::Status status) = 0;
};

// How the sidecar presents itself.
struct SidecarName {
  std::string name;
  std::string version;
};

class Session final : public TaskStream {
 public:
  // All pointers outlive the session.
  Session(EventLoop* loop, SidecarName name, Tasks* tasks, Handler* handler,
          std::shared_ptr<Peer> peer, std::shared_ptr<StreamWriter> writer);
  // As Closed().
  ~Session() override;

  void Receive(const lifecycle::v1::SupervisorMessage& message);
  // Nothing more will be received.
  void Closed();

  // Ends the stream for this reason, as if it broke.
  void Break(absl::Status why);

  void Dismiss(absl::Status why) override;

 private:
  enum class Expects { kAttach, kState, kEvents, kNothing };

  void OnAttach(const lifecycle::v1::Attach& attach);
  void OnState(const lifecycle::v1::State& state);
  void OnEvent(const lifecycle::v1::Event& event);
  void OnGoodbye();
  void Answer(uint64_t seq, Reply reply);
  // Break, for what the supervisor did wrong.
  void Refuse(absl::Status why);
  void End(absl::Status status);

  const SidecarName name_;
  Tasks& tasks_;
  Handler& handler_;
  const std::shared_ptr<Peer> peer_;
  const std::shared_ptr<StreamWriter> writer_;

  Expects expects_ = Expects::kAttach;
  std::unique_ptr<Pending> introduction_;  // Until attach and state have come.
  TaskKey key_;
  lifecycle::v1::Attach attach_;  // Until it is handed over with the state.
  uint64_t last_seq_ = 0;
  lifecycle::v1::Phase phase_ = lifecycle::v1::PHASE_UNSPECIFIED;
  // Replies may come when the session is gone: they ask this whether it lives.
  const std::shared_ptr<Session*> self_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SESSION_H_
