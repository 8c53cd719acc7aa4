// Entries to a receiver over TCP, plain or by TLS.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_TCP_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_TCP_OUTPUT_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sidecars/log_shipper/output.h"
#include "sidecars/log_shipper/outputs/dial.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/log_shipper/outputs/receiver_choice.h"
#include "sidecars/log_shipper/outputs/silence_watch.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

// Connects at once, and again after each loss, for ever: receivers one after the other, with pauses
// once all have failed. A connection ends when the peer closes or resets it, falls silent, or isn't
// listed any more. What the peer says is read and thrown away.
//
// TCP has no acknowledgement by the receiver itself: what its kernel took is lost when it dies
// before it has read it. So written() is no promise, and resends() is true.
class TcpOutput final : public Output {
 public:
  // ready() ends when so many bytes wait to be written, and begins again when few do.
  // (A batch of the shipper's is half a MiB: one is written while the next is made.)
  static constexpr size_t kFull = 1 << 20;
  static constexpr size_t kRoom = 768 << 10;
  // A connection that was lost sooner counts as an attempt that failed.
  static constexpr absl::Duration kSettled = absl::Seconds(10);

  // `loop`, `resolver` and `listener` must outlive it.
  TcpOutput(AsioEventLoop* loop, sidecar::Resolver* resolver, DialOptions options,
            ReceiverChoice choice, Listener* listener);
  TcpOutput(const TcpOutput&) = delete;
  TcpOutput& operator=(const TcpOutput&) = delete;

  // Other receivers from now on; none is no news.
  void SetReceivers(std::vector<Receiver> receivers);

  bool ready() const override { return ready_; }
  void Send(std::string entries) override;
  uint64_t written() const override;
  bool resends() const override { return true; }

 private:
  struct Connection {
    Dialed dialed;
    std::string name;
    absl::Time since;
    std::unique_ptr<SilenceWatch> silence;
    // Not yet given to the stream, and given but not yet taken by the kernel.
    std::deque<std::string> waiting;
    size_t waiting_bytes = 0;
    size_t under_way = 0;
    // What the kernel took, and what the peer's kernel has of it, as far as we looked.
    uint64_t taken = 0;
    mutable uint64_t acknowledged = 0;
  };

  void TryAfter(absl::Duration pause);
  void Try();
  void Connected(Dialed dialed, std::string name);
  void ReadAndForget();
  void WriteNext();
  void Written(absl::Status status);
  void Broken(absl::Status why);
  void Disconnect(absl::Status why, absl::Duration pause);

  AsioEventLoop* const loop_;
  sidecar::Resolver* const resolver_;
  const DialOptions options_;
  Listener* const listener_;
  ReceiverChoice choice_;
  bool ready_ = false;
  std::optional<Connection> connection_;
  // The way to the next one: a pause, or a dial.
  std::unique_ptr<Pending> next_;
  bool told_ = false;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_TCP_OUTPUT_H_
