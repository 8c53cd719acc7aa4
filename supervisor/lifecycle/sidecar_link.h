// Keeps one sidecar connected for the task's life: connects, talks, connects again.
#ifndef SUPERVISOR_LIFECYCLE_SIDECAR_LINK_H_
#define SUPERVISOR_LIFECYCLE_SIDECAR_LINK_H_

#include <memory>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/reconnection.h"
#include "supervisor/lifecycle/session.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

// On the loop's thread. The loop and the listener outlive it.
class SidecarLink final : private Stream::Listener {
 public:
  // Called from the loop, and OnLost from Ask and Finish too. Must not destroy the link.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnUp(SidecarLink* link, const v1::Attached& sidecar) = 0;
    // A connection, or an attempt at one, has ended; down() says whether the next one is worth
    // waiting for.
    virtual void OnLost(SidecarLink* link, const std::string& why) = 0;
    virtual void OnAnswer(SidecarLink* link, v1::Phase phase, const v1::Answer& answer,
                          absl::Duration took) = 0;
    // After Finish: there is nothing more to wait for.
    virtual void OnFinished(SidecarLink* link) = 0;
  };

  // Connects at the loop's next turn. `mode` is kHost or kPrivate.
  SidecarLink(EventLoop* loop, Mode mode, std::unique_ptr<Connector> connector, Session session,
              Listener* listener);
  SidecarLink(const SidecarLink&) = delete;
  SidecarLink& operator=(const SidecarLink&) = delete;

  // Tells the sidecar of a phase, at once or with the next connection.
  void Ask(v1::Phase phase, v1::Health health, Wait wait);

  // Nobody waits for the answer to the newest phase any more.
  void StopWaiting() { session_.StopWaiting(); }

  // Says TERMINATED and Goodbye. A host's daemon has finished when both are in the kernel; a
  // private sidecar when it has answered for good, or has gone. One that is down has finished
  // already. Stays connected until destroyed.
  void Finish(v1::Health health, absl::Duration bound);

  Mode mode() const { return mode_; }
  bool down() const { return reconnection_.down(); }
  // Of the last OnLost.
  const std::string& why() const { return why_; }

 private:
  // Stream::Listener:
  void OnMessage(v1::SidecarMessage message) override;
  void OnFlushed() override;
  void OnEnded(absl::Status why) override;

  void Connect();
  // Once a killed predecessor, which may still be writing somewhere, has gone.
  void ConnectWhenFree();
  void Send(v1::SupervisorMessage message);
  void SayGoodbye();
  void Lost(std::string why);
  void Finished();

  EventLoop* const loop_;
  const Mode mode_;
  const std::unique_ptr<Connector> connector_;
  Listener* const listener_;
  Session session_;
  Reconnection reconnection_;
  std::minstd_rand random_{std::random_device{}()};
  std::string why_;
  bool finishing_ = false;
  // A connection that isn't accepted in time, or the time until the next attempt.
  std::unique_ptr<Pending> timer_;
  std::unique_ptr<Pending> finished_;
  // Last: destroyed first.
  std::unique_ptr<Stream> stream_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SIDECAR_LINK_H_
