#include "sidecars/runtime/acceptor.h"

#include <errno.h>
#include <glog/logging.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "sidecars/runtime/listening_socket.h"

namespace mesos_executor::sidecar {
namespace {

// Without descriptors a connection stays in the queue and the socket readable: look again after
// this.
constexpr absl::Duration kPause = absl::Seconds(1);
// Then others of the loop have their turn.
constexpr int kMaxPerTurn = 64;

}  // namespace

Acceptor::Acceptor(EventLoop* loop, UniqueFd listening, Accepted accepted)
    : loop_(*loop), listening_(std::move(listening)), accepted_(std::move(accepted)) {
  Watch();
}

void Acceptor::Watch() {
  pending_ = loop_.WatchReadable(listening_.get(), [this] { Accept(); });
}

void Acceptor::Accept() {
  // What is left makes the socket readable at the next turn.
  for (int i = 0; i < kMaxPerTurn; ++i) {
    UniqueFd connection(accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      accepted_(std::move(connection));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      LOG_EVERY_N(ERROR, 60) << "cannot accept connections at " << SocketName(listening_.get())
                             << ": " << std::strerror(errno) << "; trying again every second";
      pending_ = loop_.After(kPause, [this] { Watch(); });
      return;
    }
  }
}

}  // namespace mesos_executor::sidecar
