// The edge to gRPC: makes a Session of each stream. Its threads only carry messages; all is decided
// on the loop's.
#ifndef SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_
#define SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.grpc.pb.h"
#include "sidecars/runtime/peer.h"
#include "sidecars/runtime/session.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

class LifecycleService final : public lifecycle::v1::Lifecycle::CallbackService {
 public:
  // Called on the loop's thread for each stream.
  using NewSession = absl::AnyInvocable<std::unique_ptr<Session>(std::shared_ptr<Peer>,
                                                                 std::shared_ptr<StreamWriter>)>;

  // Says who is behind a connection's descriptor. Called on any thread, for each stream anew: with
  // the last stream of a connection goes all that is held of its peer.
  using PeerOf = absl::StatusOr<std::shared_ptr<Peer>> (*)(int fd);

  // The loop outlives the service, and the service its grpc::Server.
  LifecycleService(EventLoop* loop, PeerOf peer_of, NewSession new_session);

  // Ends all streams for this reason, as if they broke, and each that comes later. On the loop's
  // thread.
  void EndStreams(const absl::Status& why);

  // Waits until gRPC is done with all streams, or the time is over.
  void WaitForStreams(absl::Duration time);

  grpc::ServerBidiReactor<lifecycle::v1::SupervisorMessage, lifecycle::v1::SidecarMessage>* Attach(
      grpc::CallbackServerContext* context) override;

 private:
  class Stream;
  // Only for the loop's thread: no lock.
  struct Sessions {
    NewSession make;
    std::map<Stream*, std::unique_ptr<Session>> open;
    absl::Status ended;  // Not ok: why no stream is taken any more.
  };

  EventLoop& loop_;
  const PeerOf peer_of_;
  // What streams post finds it gone where it comes late.
  const std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();

  std::mutex mutex_;
  int streams_ = 0;  // With which gRPC is not done.
  std::condition_variable no_streams_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_
