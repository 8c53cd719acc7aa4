#include "supervisor/spool/spool_offer.h"

#include <errno.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/descriptor_datagram.h"

namespace mesos_executor::spool {
namespace {

// A daemon that is being replaced may still hold what its successor is to have.
constexpr absl::Duration kFirstPause = absl::Seconds(1);
// One that refuses the spools will go on doing so.
constexpr absl::Duration kLongestPause = absl::Minutes(1);

}  // namespace

SpoolOffer::SpoolOffer(EventLoop* loop, std::string message, std::vector<int> descriptors,
                       absl::AnyInvocable<void()> changed)
    : loop_(loop),
      message_(std::move(message)),
      descriptors_(std::move(descriptors)),
      changed_(std::move(changed)) {}

void SpoolOffer::Attached(std::string socket) {
  socket_ = std::move(socket);
  pause_ = kFirstPause;
  warned_ = false;
  if (!held()) Send();
}

void SpoolOffer::Detached() {
  socket_.clear();
  retry_.reset();
}

absl::StatusOr<UniqueFd> SpoolOffer::Connection() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(ends[0]), theirs(ends[1]);
  if (absl::Status sent = SendDatagram(ours.get(), message_, descriptors_); !sent.ok()) return sent;
  Hold(std::move(ours));
  return theirs;
}

void SpoolOffer::Send() {
  retry_.reset();
  const absl::Status connected = Connect();
  if (connected.ok()) return;
  if (!std::exchange(warned_, true)) {
    LOG(WARNING) << "The log-shipper isn't given the task's output: " << connected.message();
  }
  RetryLater();
}

absl::Status SpoolOffer::Connect() {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat(socket_, ": longer than a socket's path may be"));
  }
  socket_.copy(address.sun_path, socket_.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return absl::ErrnoToStatus(errno, "socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("connect to ", socket_));
  }
  if (absl::Status sent = SendDatagram(socket.get(), message_, descriptors_); !sent.ok())
    return sent;
  Hold(std::move(socket));
  return absl::OkStatus();
}

void SpoolOffer::Hold(UniqueFd connection) {
  readable_.reset();
  connection_ = std::move(connection);
  readable_ = loop_->WatchReadable(connection_.get(), [this] { OnReadable(); });
  changed_();
}

// Nothing is ever said on it but that it has ended.
void SpoolOffer::OnReadable() {
  readable_.reset();
  connection_.Reset();
  if (!socket_.empty()) RetryLater();
  changed_();
}

void SpoolOffer::RetryLater() {
  retry_ = loop_->After(pause_, [this] { Send(); });
  pause_ = std::min(2 * pause_, kLongestPause);
}

}  // namespace mesos_executor::spool
