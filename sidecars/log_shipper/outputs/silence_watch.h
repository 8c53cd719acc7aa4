// Notices a peer that has fallen silent while we wait for its acknowledgements.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_SILENCE_WATCH_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_SILENCE_WATCH_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// How a connection stands with its peer's kernel.
enum class Peer {
  // All that was sent is acknowledged.
  kOwesNothing,
  // It is slow, or takes nothing for now, and says so.
  kAnswers,
  // What was sent again, or the question whether it takes more, is unanswered.
  kSilent,
};

// Of a connected TCP socket (TCP_INFO, tcp(7)).
Peer LookAtPeer(int socket);

// TCP itself waits a quarter of an hour for a peer that is gone (tcp_retries2), and its keep-alive
// is off while something is under way. TCP_USER_TIMEOUT would also end the connection to a receiver
// that lives but takes nothing for a while, as Logstash does when what is behind it is away; so we
// look ourselves. Lives on the loop's thread; looks only while something is owed.
class SilenceWatch {
 public:
  static constexpr absl::Duration kBetweenLooks = absl::Seconds(5);
  // So many silent looks in a row, and the peer is given up.
  static constexpr int kSilentLooks = 6;

  // `silent` is called once, from the loop, and may destroy this.
  SilenceWatch(EventLoop* loop, absl::AnyInvocable<Peer()> look, absl::AnyInvocable<void()> silent);

  // Something was sent.
  void Sent();

 private:
  void Look();

  EventLoop* const loop_;
  absl::AnyInvocable<Peer()> look_;
  absl::AnyInvocable<void()> silent_;
  int silent_looks_ = 0;
  std::unique_ptr<Pending> next_look_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_SILENCE_WATCH_H_
