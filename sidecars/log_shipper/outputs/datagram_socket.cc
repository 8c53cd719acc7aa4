#include "sidecars/log_shipper/outputs/datagram_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

// Of a receiver that has something to say, at once.
constexpr int kMaxDiscarded = 64;

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

absl::StatusOr<Address> ToAddress(const TcpEndpoint& receiver) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, receiver.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(receiver.port);
    address.size = sizeof(v4);
  } else if (inet_pton(AF_INET6, receiver.address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(receiver.port);
    address.size = sizeof(v6);
  } else {
    return absl::InvalidArgumentError(absl::StrCat(receiver.address, " is no IP address"));
  }
  return address;
}

absl::Status WhyNot(int error) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case EINTR:
      return absl::ResourceExhaustedError("no room");
    case EMSGSIZE:
      return absl::OutOfRangeError("too long");
    default:
      return absl::UnavailableError(strerror(error));
  }
}

// On one host, the port that a socket is given by chance can be the very one that it is to send to,
// if nobody has that.
bool IsItsOwnPeer(int fd) {
  sockaddr_storage own = {};
  sockaddr_storage peer = {};
  socklen_t own_size = sizeof(own);
  socklen_t peer_size = sizeof(peer);
  return getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) == 0 &&
         getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 &&
         own_size == peer_size && memcmp(&own, &peer, own_size) == 0;
}

}  // namespace

absl::StatusOr<DatagramSocket> DatagramSocket::Open(const TcpEndpoint& receiver) {
  const auto address = ToAddress(receiver);
  if (!address.ok()) return address.status();
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address->storage);
  const bool v6 = generic->sa_family == AF_INET6;
  UniqueFd fd(socket(generic->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd.valid() ||
      setsockopt(fd.get(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on,
                 sizeof(on)) != 0 ||
      connect(fd.get(), generic, address->size) != 0) {
    return absl::UnavailableError(strerror(errno));
  }
  if (IsItsOwnPeer(fd.get())) return absl::UnavailableError("met itself");
  return DatagramSocket(std::move(fd));
}

DatagramSocket::Result DatagramSocket::Send(const std::vector<absl::string_view>& datagrams) {
  std::vector<iovec> parts;
  std::vector<mmsghdr> messages(datagrams.size());
  parts.reserve(datagrams.size());
  for (size_t i = 0; i < datagrams.size(); ++i) {
    parts.push_back({const_cast<char*>(datagrams[i].data()), datagrams[i].size()});
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  Result result;
  while (result.sent < messages.size()) {
    const int count = sendmmsg(fd_.get(), messages.data() + result.sent,
                               static_cast<unsigned>(messages.size() - result.sent), 0);
    if (count < 0) {
      result.next = WhyNot(errno);
      break;
    }
    result.sent += static_cast<size_t>(count);
  }
  return result;
}

size_t DatagramSocket::TakeRefused() {
  size_t refused = 0;
  char discarded[16];
  char control[512];
  for (;;) {
    iovec part = {discarded, sizeof(discarded)};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    if (recvmsg(fd_.get(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    ++refused;
  }
  // The first call may take a pending error, which is among those above.
  for (int i = 0; i < kMaxDiscarded; ++i) {
    if (recv(fd_.get(), discarded, sizeof(discarded), MSG_DONTWAIT) < 0) break;
  }
  return refused;
}

}  // namespace mesos_executor::log_shipper
