// Offers a task's spools to its log-shipper, and knows whether one has them.
#ifndef SUPERVISOR_SPOOL_SPOOL_OFFER_H_
#define SUPERVISOR_SPOOL_SPOOL_OFFER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::spool {

// Lives on the loop's thread; nothing waits. A shipper holds the spools as long as it holds the
// connection on which they came.
class SpoolOffer {
 public:
  // `message` goes with the descriptors, which stay the caller's. `changed` is called from the
  // loop, or from within a call, when held() has changed.
  SpoolOffer(EventLoop* loop, std::string message, std::vector<int> descriptors,
             absl::AnyInvocable<void()> changed);

  // The host's daemon has attached, or attached again: it is sent the spools at this socket unless
  // it has them, and again, after a growing pause, whenever it lets them go.
  void Attached(std::string socket);
  // It is no longer reached. It may still have the spools.
  void Detached();

  // The other end of a connection with the spools in it, for a private shipper that is about to be
  // started. Takes the place of any connection before it.
  absl::StatusOr<UniqueFd> Connection();

  bool held() const { return connection_.valid(); }

 private:
  void Send();
  absl::Status Connect();
  void Hold(UniqueFd connection);
  void OnReadable();
  void RetryLater();

  EventLoop* const loop_;
  const std::string message_;
  const std::vector<int> descriptors_;
  absl::AnyInvocable<void()> changed_;
  // Of the daemon that is attached, or "".
  std::string socket_;
  absl::Duration pause_;
  bool warned_ = false;
  std::unique_ptr<Pending> retry_;
  UniqueFd connection_;
  // Last: ends before what it watches.
  std::unique_ptr<Pending> readable_;
};

}  // namespace mesos_executor::spool

#endif  // SUPERVISOR_SPOOL_SPOOL_OFFER_H_
