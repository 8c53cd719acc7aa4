// Datagrams to one receiver.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_DATAGRAM_SOCKET_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_DATAGRAM_SOCKET_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

class DatagramSocket {
 public:
  // Errors: InvalidArgument (the address), or the system's.
  static absl::StatusOr<DatagramSocket> Open(const TcpEndpoint& receiver);

  struct Result {
    // So many of the first were sent.
    size_t sent = 0;
    // Why the next one wasn't. ResourceExhausted: the kernel has no room for now. OutOfRange: it is
    // too long for any datagram. Anything else: the way to the receiver is barred.
    absl::Status next;
  };
  // One datagram each. Never waits.
  Result Send(const std::vector<absl::string_view>& datagrams);

  // How many datagrams have come back since the last call: the receiver's host says that nobody
  // takes them (ICMP; IP_RECVERR, ip(7)). Exact on one host; elsewhere as many as hosts on the way
  // cared to tell. What came from the receiver itself is thrown away.
  size_t TakeRefused();

  // Readable when there is something for TakeRefused.
  int fd() const { return fd_.get(); }

 private:
  explicit DatagramSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_DATAGRAM_SOCKET_H_
