#include "supervisor/base/descriptor_datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos_executor {
namespace {

constexpr size_t kControlSize = CMSG_SPACE(kMaxDatagramDescriptors * sizeof(int));

// What came belongs to us from here on, also where it is refused.
std::vector<UniqueFd> Descriptors(msghdr& message) {
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

absl::Status SendDatagram(int socket, absl::string_view bytes, absl::Span<const int> descriptors) {
  if (bytes.empty() || bytes.size() > kMaxDatagram ||
      descriptors.size() > kMaxDatagramDescriptors) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a datagram has 1 to ", kMaxDatagram, " bytes and at most ", kMaxDatagramDescriptors,
        " descriptors, not ", bytes.size(), " and ", descriptors.size()));
  }
  iovec data = {const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[kControlSize] = {};
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "sending descriptors");
  }
  return absl::OkStatus();
}

absl::StatusOr<DescriptorDatagram> ReceiveDatagram(int socket) {
  char bytes[kMaxDatagram];
  iovec data = {bytes, sizeof(bytes)};
  alignas(cmsghdr) char control[kControlSize];
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t size;
  do {
    size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    return absl::UnavailableError("nothing has come yet");
  }
  if (size < 0) return absl::ErrnoToStatus(errno, "receiving descriptors");
  std::vector<UniqueFd> descriptors = Descriptors(message);
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("a datagram has more than ", kMaxDatagram, " bytes"));
  }
  // Also where RLIMIT_NOFILE stood in the way.
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "of a datagram's descriptors only ", descriptors.size(), " could be had: more than ",
        kMaxDatagramDescriptors, " were sent, or too many are open (RLIMIT_NOFILE)"));
  }
  if (size == 0) return absl::OutOfRangeError("the peer has closed the connection");
  return DescriptorDatagram{std::string(bytes, size), std::move(descriptors)};
}

std::string DescriptorSocket(absl::string_view socket) {
  return absl::StrCat(absl::StripSuffix(socket, ".sock"), ".fds");
}

}  // namespace mesos_executor
