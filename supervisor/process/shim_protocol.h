// What supervisor and shim say to each other: one small message a datagram on a SOCK_SEQPACKET
// pair. Both are one program's two halves, so that the structs themselves travel.
#ifndef SUPERVISOR_PROCESS_SHIM_PROTOCOL_H_
#define SUPERVISOR_PROCESS_SHIM_PROTOCOL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/containment.h"
#include "supervisor/process/exec_child.h"

namespace mesos_executor::process {

// From the supervisor.
struct Order {
  enum Kind : int32_t {
    // Once. With descriptors: a launch image, then stdout and stderr as far as they are given.
    kLaunch,
    // SIGTERM to all.
    kTerminate,
    // SIGKILL to all until none is left. May be repeated; each is answered with kAlive.
    kKill,
  };
  Kind kind = kLaunch;
  // Of kLaunch.
  bool has_stdout = false;
  bool has_stderr = false;
  Containment containment = Containment::kSubreaper;
};

// From the shim.
struct Report {
  enum Kind : int32_t {
    // The exec worked: `pid`, `containment` and `why_not`.
    kStarted,
    // It didn't: `failure`.
    kExecFailed,
    // The main process ended: `wait_status`.
    kMainExited,
    // No process of the task is left. The last one: the shim exits.
    kTreeGone,
    kAlive,
  };
  Kind kind = kAlive;
  int32_t pid = 0;
  int32_t wait_status = 0;
  ExecFailure failure;
  Containment containment = Containment::kSubreaper;
  // As ContainmentOutcome has it, cut to fit.
  char why_not[240] = "";
};

// At most this many descriptors go with an order.
inline constexpr size_t kMaxOrderDescriptors = 3;

// All return at once; false and errno on failure.
bool SendOrder(int socket, const Order& order, absl::Span<const int> descriptors);
bool SendReport(int socket, const Report& report);

enum class Received { kMessage, kNothingYet, kClosed };
Received ReceiveOrder(int socket, Order& order, std::vector<UniqueFd>& descriptors);
Received ReceiveReport(int socket, Report& report);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_SHIM_PROTOCOL_H_
