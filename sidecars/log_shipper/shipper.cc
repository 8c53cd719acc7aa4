#include "sidecars/log_shipper/shipper.h"

#include <glog/logging.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mesos_executor::log_shipper {
namespace {

// Of what is only counted and dropped, so many pieces go in one turn of the loop.
constexpr int kDropsATurn = 16;

}  // namespace

Shipper::Shipper(EventLoop* loop, Counters* counters, absl::AnyInvocable<absl::Time()> wall_clock)
    : loop_(loop), counters_(*counters), wall_clock_(std::move(wall_clock)) {}

Shipper::~Shipper() { CHECK(streams_.empty()); }

std::unique_ptr<ShippedStream> Shipper::Add(std::unique_ptr<StreamPump> pump,
                                            std::shared_ptr<TokenBucket> pace) {
  std::unique_ptr<ShippedStream> stream(new ShippedStream(this, std::move(pump), std::move(pace)));
  streams_.insert(stream.get());
  Activate(stream.get());
  return stream;
}

void Shipper::Remove(ShippedStream* stream) {
  if (stream->place_ == ShippedStream::Place::kFresh) fresh_.erase(stream->at_);
  if (stream->place_ == ShippedStream::Place::kBusy) busy_.erase(stream->at_);
  stream->place_ = ShippedStream::Place::kQuiet;
}

void Shipper::Activate(ShippedStream* stream) {
  stream->wake_.reset();
  if (stream->abandoned_ || stream->place_ != ShippedStream::Place::kQuiet) return;
  stream->behind_since_ = std::min(stream->behind_since_, loop_->Now());
  stream->place_ = ShippedStream::Place::kFresh;
  stream->at_ = fresh_.insert(fresh_.end(), stream);
  if (output_->ready()) {
    ArmTurn();
  } else {
    ArmLook(kLookAfter);
  }
}

void Shipper::ArmTurn() {
  if (turn_ == nullptr) turn_ = loop_->After(absl::ZeroDuration(), [this] { Turn(); });
}

void Shipper::Turn() {
  turn_.reset();
  if (!output_->ready()) return ArmLook(kLookAfter);
  if (fresh_.empty() && busy_.empty()) return ArmLook(kFlush);
  ShippedStream& stream = fresh_.empty() ? *busy_.front() : *fresh_.front();
  Remove(&stream);
  if (PumpStream(stream)) {
    stream.place_ = ShippedStream::Place::kBusy;
    stream.at_ = busy_.insert(busy_.end(), &stream);
  }
  if (!fresh_.empty() || !busy_.empty()) ArmTurn();
  ArmLook(stream.ended_ ? kFlush : kLookAfter);
  stream.Advance();  // May destroy it.
}

bool Shipper::PumpStream(ShippedStream& stream) {
  StreamPump& pump = *stream.pump_;
  const absl::Time now = loop_->Now();
  const uint64_t lines = stream.pace_ ? stream.pace_->Available(now) : SIZE_MAX;
  if (lines == 0) {
    stream.WakeAfter(std::max(stream.pace_->WaitFor(1, now), kFlush));
    return false;
  }
  std::string entries;
  const bool more =
      pump.Pump(std::min<uint64_t>(lines, output_->lines_a_turn()), wall_clock_(), &entries);
  if (stream.pace_) stream.pace_->Take(pump.pumped_lines(), now);
  stream.read_at_ = now;
  if (stream.event_ends_ && pump.pumped_lines() == 0) {
    pump.FlushHeld(wall_clock_(), &entries);
  }
  stream.event_ends_ = false;
  stream.event_end_.reset();
  if (pump.holds() && !more) stream.EndEventAfter(kEventEnd);
  if (!more) stream.behind_since_ = absl::InfiniteFuture();
  if (!entries.empty()) {
    sent_ += entries.size();
    pump.Sent(sent_);
    output_->Send(std::move(entries));
  }
  return more;
}

void Shipper::OnBroken(const absl::Status& /*why*/) {
  sent_ = 0;
  for (ShippedStream* const stream : streams_) {
    if (!stream->pump_->keeps() || stream->abandoned_) continue;
    stream->pump_->Break();
    Activate(stream);
  }
}

void Shipper::OnDropped(uint64_t entries, const char* reason) {
  counters_.DroppedLines(reason).Add(entries);
}

void Shipper::ArmLook(absl::Duration delay) {
  const absl::Time at = loop_->Now() + delay;
  if (look_ != nullptr && look_at_ <= at) return;
  look_at_ = at;
  look_ = loop_->After(delay, [this] { Look(); });
}

void Shipper::Look() {
  look_.reset();
  if (!output_->ready()) KeepBounds();
  bool waits = !fresh_.empty() || !busy_.empty();
  bool ends = false;
  // A copy: a stream that is done may be destroyed, and others with it.
  for (ShippedStream* const stream :
       std::vector<ShippedStream*>(streams_.begin(), streams_.end())) {
    if (!streams_.contains(stream)) continue;
    waits |= stream->pump_->keeps();
    ends |= stream->ended_ && stream->delivered_ != nullptr;
    stream->Advance();
  }
  if (ends && output_->ready()) {
    ArmLook(kFlush);
  } else if (waits || ends) {
    ArmLook(kLookAfter);
  }
}

void Shipper::KeepBounds() {
  for (const auto* const list : {&fresh_, &busy_}) {
    for (ShippedStream* const stream : *list) {
      int drops = 0;
      while (drops < kDropsATurn && stream->pump_->KeepBound()) ++drops;
      if (drops == kDropsATurn) ArmLook(absl::ZeroDuration());
    }
  }
}

ShippedStream::~ShippedStream() {
  shipper_.Remove(this);
  shipper_.streams_.erase(this);
}

void ShippedStream::Changed() {
  if (place_ != Place::kQuiet || wake_ != nullptr) return;
  const absl::Duration wait = read_at_ + Shipper::kFlush - shipper_.loop_->Now();
  if (wait <= absl::ZeroDuration()) return shipper_.Activate(this);
  behind_since_ = std::min(behind_since_, shipper_.loop_->Now());
  WakeAfter(wait);
}

void ShippedStream::WakeAfter(absl::Duration delay) {
  wake_ = shipper_.loop_->After(delay, [this] { shipper_.Activate(this); });
}

void ShippedStream::EndEventAfter(absl::Duration delay) {
  event_end_ = shipper_.loop_->After(delay, [this] {
    event_ends_ = true;
    shipper_.Activate(this);
  });
}

void ShippedStream::End(absl::AnyInvocable<void()> delivered, absl::AnyInvocable<void()> done) {
  ended_ = true;
  delivered_ = std::move(delivered);
  done_ = std::move(done);
  pump_->End();
  shipper_.Activate(this);
}

void ShippedStream::Abandon() {
  CHECK(ended_);
  if (!std::exchange(abandoned_, true)) pump_->Abandon();
  shipper_.Remove(this);
  wake_ = shipper_.loop_->After(absl::ZeroDuration(), [this] {
    int drops = 0;
    while (drops < kDropsATurn && pump_->KeepBound()) ++drops;
    if (drops == kDropsATurn) return Abandon();
    wake_.reset();
    delivered_ = nullptr;
    // Last: it may destroy this.
    if (auto done = std::exchange(done_, nullptr)) done();
  });
}

void ShippedStream::Advance() {
  if (abandoned_) return;
  pump_->Advance(shipper_.output_->written(), shipper_.output_->resends(), shipper_.loop_->Now());
  if (!ended_ || !pump_->delivered()) return;
  const bool done = !pump_->keeps();
  auto delivered = std::exchange(delivered_, nullptr);
  auto when_done = done ? std::exchange(done_, nullptr) : nullptr;
  // Last: they may destroy this.
  if (delivered) delivered();
  if (when_done) when_done();
}

absl::Duration ShippedStream::lag_time() {
  return pump_->lag() == 0 ? absl::ZeroDuration()
                           : std::max(absl::ZeroDuration(), shipper_.loop_->Now() - behind_since_);
}

}  // namespace mesos_executor::log_shipper
