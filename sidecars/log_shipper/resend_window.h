// What of a stream was sent, but is kept in case that the connection breaks. Pure.
//
// TCP tells what the receiver's kernel has, never what the receiver itself has read: when either
// dies, the rest is lost without a word. So the stream's base trails by a window, and everything
// behind the base is sent again after a break.
#ifndef SIDECARS_LOG_SHIPPER_RESEND_WINDOW_H_
#define SIDECARS_LOG_SHIPPER_RESEND_WINDOW_H_

#include <cstdint>
#include <deque>

#include "absl/time/time.h"

namespace mesos_executor::log_shipper {

class ResendWindow {
 public:
  // What is older in either way is taken for received. More bytes than a receiver's socket buffers
  // (net.ipv4.tcp_rmem, 6 MiB), and more time than a receiver that lives takes to read them.
  static constexpr uint64_t kBytes = uint64_t{8} << 20;
  static constexpr absl::Duration kTime = absl::Seconds(10);

  // Nothing before `base`, an offset in the stream's file, is ever sent again.
  explicit ResendWindow(uint64_t base) : base_(base), written_(base), end_(base) {}

  // The stream is sent up to `end`, as the first `position` bytes of this connection's entries.
  void Sent(uint64_t end, uint64_t position);
  // The stream up to `end` has nothing more to send.
  void Skip(uint64_t end);
  // The receiver's kernel has the first `written` bytes of this connection's entries. Without
  // `resends` the window is empty: what is written is done with.
  void Advance(uint64_t written, bool resends, absl::Time now);
  // The connection broke: what lies behind the base will be sent again.
  void Break();

  uint64_t base() const { return base_; }
  // As far as the receiver's kernel has it on this connection; never before the base.
  uint64_t written() const { return written_; }
  // Whether nothing would be sent again.
  bool empty() const { return checkpoints_.empty(); }

 private:
  struct Checkpoint {
    uint64_t end;
    uint64_t position;
    // When it was found to be written.
    absl::Time written_at = absl::InfiniteFuture();
  };

  uint64_t base_;
  uint64_t written_;
  uint64_t end_;
  // In the order of both offsets.
  std::deque<Checkpoint> checkpoints_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_RESEND_WINDOW_H_
