// Starts a sidecar for this supervisor alone, and speaks to it over a socketpair.
#ifndef SUPERVISOR_LIFECYCLE_PRIVATE_CONNECTOR_H_
#define SUPERVISOR_LIFECYCLE_PRIVATE_CONNECTOR_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/settings.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

// Has a child reaped: calls back with its wait status once it has ended, unless the result was
// destroyed before. The child's pid stays its own until then.
using WatchChild =
    std::function<std::unique_ptr<Pending>(pid_t pid, absl::AnyInvocable<void(int)> exited)>;

// Makes the connection by which a sidecar finds the task's spools, for each process anew.
using SpoolSource = std::function<absl::StatusOr<UniqueFd>()>;

// Each connection is a new process, in a process group of its own, the first to be killed when
// memory is short. It is run as `command... --private FD --settings-fd FD`, and its environment
// holds PATH and nothing else: what it may know it reads from the second descriptor as NAME=value,
// each ended by a zero byte, so that no /proc file shows a secret. One that takes spools has
// `--descriptors-fd FD` besides. Its stdin is empty, its stdout
// and stderr are ours. It must be the only one to hold its end of the socketpair: when it dies, the
// stream ends.
class PrivateConnector final : public Connector {
 public:
  PrivateConnector(std::vector<std::string> command, Settings settings, WatchChild watch,
                   StreamOpener open, SpoolSource spools = nullptr);
  PrivateConnector(const PrivateConnector&) = delete;
  PrivateConnector& operator=(const PrivateConnector&) = delete;
  // Kills nothing: the end of its stream tells the process to undo what it did, and then to exit,
  // which may take it longer than we live.
  ~PrivateConnector() override = default;

  absl::StatusOr<std::unique_ptr<Stream>> Connect(Stream::Listener* listener) override;
  // Kills the process group: a half-dead process must not undo what its successor does.
  void Disconnected() override;
  void WhenGone(absl::AnyInvocable<void()> done) override;

 private:
  const std::vector<std::string> command_;
  const Settings settings_;
  const WatchChild watch_;
  StreamOpener open_;
  const SpoolSource spools_;
  // The process that lives, or isn't reaped yet.
  std::optional<pid_t> pid_;
  std::unique_ptr<Pending> exit_;
  absl::AnyInvocable<void()> gone_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_PRIVATE_CONNECTOR_H_
