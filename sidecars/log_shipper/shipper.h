// Ships all streams of all tasks by one output, each in its turn. Pure: the time is the loop's.
//
// A turn is one piece of one stream (stream_pump.h). Streams that were quiet come first, so that
// they don't wait for those that flood; these take turns. While the output takes nothing, all waits
// in the spools.
#ifndef SIDECARS_LOG_SHIPPER_SHIPPER_H_
#define SIDECARS_LOG_SHIPPER_SHIPPER_H_

#include <cstdint>
#include <list>
#include <memory>
#include <set>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/counters.h"
#include "sidecars/log_shipper/output.h"
#include "sidecars/log_shipper/outputs/token_bucket.h"
#include "sidecars/log_shipper/stream_pump.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

class ShippedStream;

// Lives on the loop's thread, and longer than its streams.
class Shipper final : public Output::Listener {
 public:
  // A stream is read at most so often; what comes meanwhile is one batch. The first line after a
  // quiet time doesn't wait.
  static constexpr absl::Duration kFlush = absl::Milliseconds(20);
  // An event of several lines ends when nothing follows for so long.
  static constexpr absl::Duration kEventEnd = absl::Milliseconds(500);
  // How often windows and bounds are looked after when nothing else happens.
  static constexpr absl::Duration kLookAfter = absl::Seconds(1);

  // `wall_clock` tells the time of day. All outlive the shipper.
  Shipper(EventLoop* loop, Counters* counters, absl::AnyInvocable<absl::Time()> wall_clock);
  ~Shipper() override;
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // Call it once, before anything is added. `output` outlives the streams.
  void ShipTo(Output* output) { output_ = output; }

  // `pace` (lines a second; may be null, or several streams' own) holds reading back.
  [[nodiscard]] std::unique_ptr<ShippedStream> Add(std::unique_ptr<StreamPump> pump,
                                                   std::shared_ptr<TokenBucket> pace);

  // Output::Listener:
  void OnReady() override { ArmTurn(); }
  void OnBroken(const absl::Status& why) override;
  void OnDropped(uint64_t entries, const char* reason) override;

 private:
  friend class ShippedStream;

  void Activate(ShippedStream* stream);
  void Remove(ShippedStream* stream);
  void ArmTurn();
  void Turn();
  // False where the stream's pace lets nothing through now; it is then called again later.
  bool PumpStream(ShippedStream& stream);
  void ArmLook(absl::Duration delay);
  void Look();
  void KeepBounds();

  EventLoop* const loop_;
  Counters& counters_;
  absl::AnyInvocable<absl::Time()> wall_clock_;
  Output* output_ = nullptr;
  std::set<ShippedStream*> streams_;
  // What has something to read: those that were quiet before, and the others.
  std::list<ShippedStream*> fresh_;
  std::list<ShippedStream*> busy_;
  // Bytes of entries given to this connection.
  uint64_t sent_ = 0;
  std::unique_ptr<Pending> turn_;
  std::unique_ptr<Pending> look_;
  absl::Time look_at_;
};

// A stream's place in the shipper; leaves it when destroyed. What the receiver may not have then is
// sent by nobody.
class ShippedStream {
 public:
  ~ShippedStream();
  ShippedStream(const ShippedStream&) = delete;
  ShippedStream& operator=(const ShippedStream&) = delete;

  // The file may have grown.
  void Changed();
  // The task is over. `delivered` is called when the receiver's kernel has all, `done` when nothing
  // would be sent again either; both from the loop, once.
  void End(absl::AnyInvocable<void()> delivered, absl::AnyInvocable<void()> done);
  // Drops and counts what isn't delivered: after End. `done` follows.
  void Abandon();

  uint64_t lag_bytes() { return pump_->lag(); }
  absl::Duration lag_time();

 private:
  friend class Shipper;
  enum class Place { kQuiet, kFresh, kBusy };

  ShippedStream(Shipper* shipper, std::unique_ptr<StreamPump> pump,
                std::shared_ptr<TokenBucket> pace)
      : shipper_(*shipper), pump_(std::move(pump)), pace_(std::move(pace)) {}

  // Reads again after `delay`.
  void WakeAfter(absl::Duration delay);
  void EndEventAfter(absl::Duration delay);
  void Advance();

  Shipper& shipper_;
  const std::unique_ptr<StreamPump> pump_;
  const std::shared_ptr<TokenBucket> pace_;
  Place place_ = Place::kQuiet;
  std::list<ShippedStream*>::iterator at_;
  absl::Time read_at_ = absl::InfinitePast();
  absl::Time behind_since_ = absl::InfiniteFuture();
  std::unique_ptr<Pending> wake_;
  std::unique_ptr<Pending> event_end_;
  bool event_ends_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
  absl::AnyInvocable<void()> delivered_;
  absl::AnyInvocable<void()> done_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_SHIPPER_H_
