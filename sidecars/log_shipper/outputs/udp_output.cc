#include "sidecars/log_shipper/outputs/udp_output.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {

UdpOutput::UdpOutput(EventLoop* loop, sidecar::Resolver* resolver, UdpOptions options,
                     ReceiverChoice choice, Listener* listener)
    : loop_(loop),
      resolver_(resolver),
      options_(options),
      listener_(listener),
      choice_(std::move(choice)),
      pace_(options.rate, static_cast<double>(std::min<uint64_t>(options.rate, kBurst)),
            loop->Now()) {
  TryAfter(absl::ZeroDuration());
}

void UdpOutput::SetReceivers(std::vector<Receiver> receivers) {
  if (choice_.Replace(std::move(receivers))) return;
  Leave();
  TryAfter(absl::ZeroDuration());
}

void UdpOutput::TryAfter(absl::Duration pause) {
  next_ = loop_->After(pause, [this] { Try(); });
}

void UdpOutput::Try() {
  next_.reset();
  const Receiver* receiver = choice_.current();
  if (receiver == nullptr) return;  // Until SetReceivers.
  next_ = resolver_->Resolve(receiver->host,
                             [this](absl::StatusOr<std::vector<std::string>> addresses) {
                               next_.reset();
                               if (!addresses.ok()) return Failed(addresses.status().message());
                               Reached(*addresses);
                             });
}

void UdpOutput::Reached(const std::vector<std::string>& addresses) {
  auto socket = DatagramSocket::Open({addresses.front(), choice_.current()->port});
  if (!socket.ok()) return Failed(socket.status().message());
  way_.emplace(Way{*std::move(socket), nullptr});
  way_->watch = loop_->WatchReadable(way_->socket.fd(), [this] { CountRefused(); });
  if (!queue_.empty()) BurstAfter(absl::ZeroDuration());
  TellReady();
}

void UdpOutput::Failed(absl::string_view why) {
  // Once an outage, not once an attempt.
  if (!std::exchange(told_, true)) {
    LOG(WARNING) << "cannot reach the receiver " << ReceiverName(*choice_.current()) << ": " << why
                 << "; trying on";
  }
  Leave();
  on_probation_ = true;
  TryAfter(choice_.Failed());
}

void UdpOutput::Leave() {
  ready_ = false;
  probe_under_way_ = false;
  burst_.reset();
  if (!way_.has_value()) return;
  if (old_way_.has_value()) CountLateRefused();
  old_way_ = std::exchange(way_, std::nullopt);
  old_way_->watch.reset();  // One at a time.
  old_way_->watch = loop_->WatchReadable(old_way_->socket.fd(), [this] { CountLateRefused(); });
  old_way_ends_ = loop_->After(kLate, [this] {
    CountLateRefused();
    old_way_.reset();
  });
}

void UdpOutput::Send(std::string entries) {
  CHECK(ready_) << "Send without asking ready()";
  queue_.Push(std::move(entries));
  if (on_probation_ || queue_.bytes() >= kFull) ready_ = false;
  // From the loop, as it may have to tell the listener.
  if (burst_ == nullptr) BurstAfter(absl::ZeroDuration());
}

void UdpOutput::BurstAfter(absl::Duration pause) {
  burst_ = loop_->After(pause, [this] { Burst(); });
}

void UdpOutput::Burst() {
  burst_.reset();
  if (!CountRefused()) return;
  if (std::exchange(probe_under_way_, false)) {
    on_probation_ = false;
    choice_.Works();
    if (std::exchange(told_, false)) {
      LOG(INFO) << "the receiver " << ReceiverName(*choice_.current()) << " takes datagrams";
    }
  }
  const absl::Time now = loop_->Now();
  size_t too_long = TakeTooLong();
  std::vector<absl::string_view> entries =
      queue_.Peek(std::min<uint64_t>(pace_.Available(now), on_probation_ ? 1 : kBurst));
  entries.erase(std::find_if(entries.begin(), entries.end(),
                             [this](auto entry) { return entry.size() > options_.max_entry + 1; }),
                entries.end());
  const DatagramSocket::Result result = way_->socket.Send(entries);
  pace_.Take(result.sent, now);
  Forget(result.sent);
  if (absl::IsOutOfRange(result.next)) {
    Forget(1);
    ++too_long;
  }
  if (too_long > 0) listener_->OnDropped(too_long, "too long");
  if (!CountRefused()) return;
  if (absl::IsUnavailable(result.next)) return Failed(result.next.message());
  probe_under_way_ = on_probation_ && result.sent > 0;
  if (probe_under_way_) {
    BurstAfter(kProbation);
  } else if (!queue_.empty()) {
    BurstAfter(std::max(kTick, pace_.WaitFor(1, now)));
  }
  TellReady();
}

size_t UdpOutput::TakeTooLong() {
  size_t taken = 0;
  while (!queue_.empty() && queue_.Peek(1).front().size() > options_.max_entry + 1) {
    Forget(1);
    ++taken;
  }
  return taken;
}

void UdpOutput::Forget(size_t entries) {
  for (; entries > 0; --entries) written_ += queue_.Pop();
}

bool UdpOutput::CountRefused() {
  const size_t refused = way_->socket.TakeRefused();
  if (refused == 0) return true;
  Failed("nobody listens there");
  listener_->OnDropped(refused, "refused");
  return false;
}

void UdpOutput::CountLateRefused() {
  const size_t refused = old_way_->socket.TakeRefused();
  if (refused > 0) listener_->OnDropped(refused, "refused");
}

void UdpOutput::TellReady() {
  // On probation a single batch is enough.
  const size_t room = on_probation_ ? 0 : kRoom;
  if (ready_ || !way_.has_value() || queue_.bytes() > room) return;
  ready_ = true;
  listener_->OnReady();
}

}  // namespace mesos_executor::log_shipper
