// Entries to a receiver over UDP, each in a datagram of its own.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_UDP_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_UDP_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/output.h"
#include "sidecars/log_shipper/outputs/datagram_socket.h"
#include "sidecars/log_shipper/outputs/entry_queue.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/log_shipper/outputs/receiver_choice.h"
#include "sidecars/log_shipper/outputs/token_bucket.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

struct UdpOptions {
  // Datagrams a second. They go in small bursts, as the receiver's buffer is small (212,992 bytes
  // hold some 270 of them by default) and loses the rest without a word.
  uint32_t rate = 10'000;
  // Longer entries are dropped and counted; the newline doesn't count.
  size_t max_entry = 65'506;
};

// Keeps the pace, and counts as dropped what is known to be lost: what is too long ("too long"),
// and what comes back because nobody listens ("refused"). Then the next receiver takes over, with
// one datagram at first. There is no connection: OnBroken is never called, and written() only
// grows.
class UdpOutput final : public Output {
 public:
  // ready() ends when so many bytes wait, and begins again when few do.
  // Little: at its pace, what waits here is what the next line has to wait for.
  static constexpr size_t kFull = 64 << 10;
  static constexpr size_t kRoom = 32 << 10;
  // Datagrams that go together.
  static constexpr uint64_t kBurst = 64;
  // After a failure the first datagram goes alone; so long its refusal may take.
  static constexpr absl::Duration kProbation = absl::Milliseconds(100);
  // So long what was sent to a receiver that failed may come back.
  static constexpr absl::Duration kLate = absl::Seconds(2);
  // How soon a full kernel is tried again, and the shortest pause between bursts.
  static constexpr absl::Duration kTick = absl::Milliseconds(5);

  // `loop`, `resolver` and `listener` must outlive it.
  UdpOutput(EventLoop* loop, sidecar::Resolver* resolver, UdpOptions options, ReceiverChoice choice,
            Listener* listener);
  UdpOutput(const UdpOutput&) = delete;
  UdpOutput& operator=(const UdpOutput&) = delete;

  // Other receivers from now on; none is no news.
  void SetReceivers(std::vector<Receiver> receivers);

  bool ready() const override { return ready_; }
  size_t lines_a_turn() const override { return kBurst; }
  void Send(std::string entries) override;
  uint64_t written() const override { return written_; }
  bool resends() const override { return false; }

 private:
  // One socket, and the watch for what comes back to it.
  struct Way {
    DatagramSocket socket;
    std::unique_ptr<Pending> watch;
  };

  void TryAfter(absl::Duration pause);
  void Try();
  void Reached(const std::vector<std::string>& addresses);
  void Failed(absl::string_view why);
  void Leave();
  // Sends what may be sent now, and arranges for the rest.
  void Burst();
  void BurstAfter(absl::Duration pause);
  size_t TakeTooLong();
  void Forget(size_t entries);
  // False: some came back, and the receiver is given up.
  bool CountRefused();
  void CountLateRefused();
  void TellReady();

  EventLoop* const loop_;
  sidecar::Resolver* const resolver_;
  const UdpOptions options_;
  Listener* const listener_;
  ReceiverChoice choice_;
  TokenBucket pace_;
  EntryQueue queue_;
  uint64_t written_ = 0;
  bool ready_ = false;
  bool told_ = false;
  // After a failure, until a datagram that went alone hasn't come back.
  bool on_probation_ = false;
  bool probe_under_way_ = false;
  std::optional<Way> way_;
  // What was sent there may still come back.
  std::optional<Way> old_way_;
  std::unique_ptr<Pending> old_way_ends_;
  // The way to the next receiver: a pause, or a name being resolved.
  std::unique_ptr<Pending> next_;
  std::unique_ptr<Pending> burst_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_UDP_OUTPUT_H_
