// Takes the journal over from the process that serves now, once that one ends.
#ifndef SIDECARS_RUNTIME_AWAIT_JOURNAL_H_
#define SIDECARS_RUNTIME_AWAIT_JOURNAL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/runtime/journal.h"
#include "sidecars/runtime/service_notifier.h"

namespace mesos_executor::sidecar {

// As Journal::Open, but waits up to `at_most` for another process to let go of it, saying so in the
// log and to `notifier`. Blocks; runs a loop of its own meanwhile, on which SIGTERM and SIGINT end
// the wait: Cancelled. Call it before any thread is started, as WatchSignals.
absl::StatusOr<std::unique_ptr<Journal>> AwaitJournal(const std::string& directory,
                                                      const std::string& boot_id,
                                                      absl::Duration at_most,
                                                      ServiceNotifier* notifier);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_AWAIT_JOURNAL_H_
