// Takes the descriptors that supervisors send: protos/lifecycle/v1/spools.proto.
#ifndef SIDECARS_LOG_SHIPPER_SPOOL_RECEIVER_H_
#define SIDECARS_LOG_SHIPPER_SPOOL_RECEIVER_H_

#include <cstdint>
#include <map>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "sidecars/log_shipper/task_spools.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread. What breaks the contract is refused with a warning.
class SpoolReceiver {
 public:
  // `received` is called from the loop. The same task may come again, from a new supervisor or
  // after its TaskSpools were let go, and before or after its stream has attached.
  // `foreign_peers`: those of other namespaces too, as with --allow-foreign-peers.
  SpoolReceiver(EventLoop* loop, bool foreign_peers, absl::AnyInvocable<void(TaskSpools)> received);
  SpoolReceiver(const SpoolReceiver&) = delete;
  SpoolReceiver& operator=(const SpoolReceiver&) = delete;
  ~SpoolReceiver();

  // A non-blocking SOCK_SEQPACKET connection: accepted at `<name>.fds`, or inherited. It has 10 s
  // to bring its one datagram.
  void Serve(UniqueFd connection);

 private:
  struct Waiting;

  void Receive(int64_t id);

  EventLoop* const loop_;
  const bool foreign_peers_;
  absl::AnyInvocable<void(TaskSpools)> received_;
  int64_t next_id_ = 0;
  std::map<int64_t, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_SPOOL_RECEIVER_H_
