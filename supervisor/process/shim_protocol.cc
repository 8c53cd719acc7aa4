#include "supervisor/process/shim_protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <type_traits>

namespace mesos_executor::process {
namespace {

static_assert(std::is_trivially_copyable_v<Order> && std::is_trivially_copyable_v<Report>);

union ControlBuffer {
  cmsghdr aligned;
  char bytes[CMSG_SPACE(kMaxOrderDescriptors * sizeof(int))];
};

// A message that isn't whole can't come from our other half.
Received Judge(ssize_t got, size_t wanted) {
  if (got == static_cast<ssize_t>(wanted)) return Received::kMessage;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Received::kNothingYet : Received::kClosed;
}

}  // namespace

bool SendOrder(int socket, const Order& order, absl::Span<const int> descriptors) {
  iovec payload{.iov_base = const_cast<Order*>(&order), .iov_len = sizeof(order)};
  msghdr message = {};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  ControlBuffer control = {};
  if (!descriptors.empty()) {
    const size_t size = descriptors.size() * sizeof(int);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(order);
}

bool SendReport(int socket, const Report& report) {
  return send(socket, &report, sizeof(report), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(report);
}

Received ReceiveOrder(int socket, Order& order, std::vector<UniqueFd>& descriptors) {
  iovec payload{.iov_base = &order, .iov_len = sizeof(order)};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  const Received received =
      Judge(recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), sizeof(order));
  if (received != Received::kMessage) return received;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return received;
  int numbers[kMaxOrderDescriptors];
  const size_t size = header->cmsg_len - CMSG_LEN(0);
  memcpy(numbers, CMSG_DATA(header), size);
  for (size_t i = 0; i < size / sizeof(int); ++i) descriptors.emplace_back(numbers[i]);
  return received;
}

Received ReceiveReport(int socket, Report& report) {
  return Judge(recv(socket, &report, sizeof(report), MSG_DONTWAIT), sizeof(report));
}

}  // namespace mesos_executor::process
