#include "sidecars/runtime/await_journal.h"

#include <glog/logging.h>
#include <signal.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::sidecar {
namespace {

// Nobody tells that a lock is free without blocking (flock(2)): ask so often. Nobody is served
// meanwhile.
constexpr absl::Duration kPause = absl::Milliseconds(10);
constexpr int kSecondsBetweenLogs = 5;

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> AwaitJournal(const std::string& directory,
                                                      const std::string& boot_id,
                                                      absl::Duration at_most,
                                                      ServiceNotifier* notifier) {
  auto journal = Journal::Open(directory, boot_id);
  if (!absl::IsUnavailable(journal.status())) return journal;
  notifier->Status("waits for the process before this one to end");

  AsioEventLoop loop;
  const auto signals = WatchSignals(&loop, {SIGTERM, SIGINT}, [&](int) {
    journal = absl::CancelledError("told to end while waiting for the state directory");
    loop.Stop();
  });
  if (!signals.ok()) return signals.status();
  const absl::Time end = loop.Now() + at_most;
  std::unique_ptr<Pending> pause;
  std::function<void()> try_again = [&] {
    journal = Journal::Open(directory, boot_id);
    if (!absl::IsUnavailable(journal.status()) || loop.Now() >= end) return loop.Stop();
    LOG_EVERY_T(INFO, kSecondsBetweenLogs)
        << "waiting for the process that uses " << directory << " to end";
    pause = loop.After(kPause, try_again);
  };
  try_again();
  loop.Run();
  return journal;
}

}  // namespace mesos_executor::sidecar
