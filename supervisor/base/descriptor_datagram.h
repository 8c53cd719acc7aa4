// A datagram that carries descriptors (SCM_RIGHTS, unix(7)), on a SOCK_SEQPACKET connection.
#ifndef SUPERVISOR_BASE_DESCRIPTOR_DATAGRAM_H_
#define SUPERVISOR_BASE_DESCRIPTOR_DATAGRAM_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

inline constexpr size_t kMaxDatagram = 4096;
inline constexpr size_t kMaxDatagramDescriptors = 8;

struct DescriptorDatagram {
  std::string bytes;
  // Closed on exec.
  std::vector<UniqueFd> descriptors;
};

// Never waits. The descriptors stay the caller's. Errors: InvalidArgument (beyond the bounds
// above), or what sendmsg(2) said.
absl::Status SendDatagram(int socket, absl::string_view bytes, absl::Span<const int> descriptors);

// Never waits. Errors: Unavailable (nothing there yet), OutOfRange (the peer has closed),
// InvalidArgument (beyond the bounds above, of which nothing is kept), ResourceExhausted (we can't
// have its descriptors), or what recvmsg(2) said.
absl::StatusOr<DescriptorDatagram> ReceiveDatagram(int socket);

// Where a sidecar at this socket takes descriptors: with `.fds` in place of `.sock`, or added.
std::string DescriptorSocket(absl::string_view socket);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_DESCRIPTOR_DATAGRAM_H_
