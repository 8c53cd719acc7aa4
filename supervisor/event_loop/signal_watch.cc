#include "supervisor/event_loop/signal_watch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
absl::StatusOr<std::unique_ptr<Pending>> WatchSignals(EventLoop* loop,
                                                      std::initializer_list<int> signals,
                                                      absl::AnyInvocable<void(int)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  UniqueFd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "signalfd");
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return absl::ErrnoToStatus(error, "pthread_sigmask");
  }
  const int readable = fd.get();
  return loop->WatchReadable(readable,
                             [fd = std::move(fd), callback = std::move(callback)]() mutable {
                               signalfd_siginfo info;
                               // One signal a turn: the callback may end the watch.
                               if (read(fd.get(), &info, sizeof(info)) == sizeof(info))
                                 callback(static_cast<int>(info.ssi_signo));
                             });
}

}  // namespace mesos_executor
