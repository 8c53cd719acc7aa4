#include "sidecars/runtime/await_socket.h"

#include <functional>
#include <memory>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(10);

}  // namespace

absl::StatusOr<UniqueFd> AwaitSocket(absl::FunctionRef<absl::StatusOr<UniqueFd>()> listen,
                                     absl::Duration at_most) {
  AsioEventLoop loop;
  const absl::Time end = loop.Now() + at_most;
  absl::StatusOr<UniqueFd> listening = listen();
  std::unique_ptr<Pending> pause;
  std::function<void()> try_again = [&] {
    listening = listen();
    if (!absl::IsFailedPrecondition(listening.status()) || loop.Now() >= end) return loop.Stop();
    pause = loop.After(kPause, try_again);
  };
  if (absl::IsFailedPrecondition(listening.status()) && loop.Now() < end) {
    pause = loop.After(kPause, try_again);
    loop.Run();
  }
  return listening;
}

}  // namespace mesos_executor::sidecar
