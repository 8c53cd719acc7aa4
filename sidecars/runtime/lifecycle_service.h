// The edge to gRPC: makes a Session of each stream. Its threads only carry messages; all is decided
// on the loop's.
#ifndef SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_
#define SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/functional/any_invocable.h"
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

  // The loop outlives the service, and the service its grpc::Server.
  LifecycleService(EventLoop* loop, NewSession new_session);

  // Says who is behind the descriptor `fd`. To be called before gRPC is given the descriptor.
  void SetPeer(int fd, std::shared_ptr<Peer> peer);

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
  // What streams post finds it gone where it comes late.
  const std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();

  std::mutex mutex_;
  int streams_ = 0;  // With which gRPC is not done.
  std::condition_variable no_streams_;
  // By the name that gRPC has for the connection's peer. gRPC closes a descriptor only after the
  // last of its calls, so that as long as a call lives, its name can be no other connection's.
  std::map<std::string, std::shared_ptr<Peer>> peers_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_LIFECYCLE_SERVICE_H_
