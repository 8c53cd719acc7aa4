#include "sidecars/log_shipper/outputs/silence_watch.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

namespace mesos_executor::log_shipper {

Peer LookAtPeer(int socket) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Peer::kOwesNothing;
  if (info.tcpi_retransmits > 0 || info.tcpi_probes > 0) return Peer::kSilent;
  const bool owes = info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0;
  return owes ? Peer::kAnswers : Peer::kOwesNothing;
}

SilenceWatch::SilenceWatch(EventLoop* loop, absl::AnyInvocable<Peer()> look,
                           absl::AnyInvocable<void()> silent)
    : loop_(loop), look_(std::move(look)), silent_(std::move(silent)) {}

void SilenceWatch::Sent() {
  if (next_look_ == nullptr) next_look_ = loop_->After(kBetweenLooks, [this] { Look(); });
}

void SilenceWatch::Look() {
  next_look_.reset();
  switch (look_()) {
    case Peer::kOwesNothing:
      silent_looks_ = 0;
      return;
    case Peer::kAnswers:
      silent_looks_ = 0;
      break;
    case Peer::kSilent:
      if (++silent_looks_ == kSilentLooks) {
        auto silent = std::move(silent_);
        return silent();
      }
      break;
  }
  Sent();
}

}  // namespace mesos_executor::log_shipper
