#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/serve.h"
#include "sidecars/runtime/server.h"
#include "sidecars/runtime/socket_peer.h"
#include "supervisor/base/version.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::sidecar {
namespace {

constexpr absl::Duration kAttachTime = absl::Seconds(30);
constexpr absl::Duration kUndoTime = absl::Seconds(10);

class NoMemory final : public Memory {
 public:
  void Remember(const TaskKey&, const std::string&) override {}
  void Forget(const TaskKey&) override {}
};

// Makes the inherited descriptor fit for gRPC, which needs it non-blocking.
absl::Status SetUp(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    return absl::InvalidArgumentError(
        absl::StrCat("--private: descriptor ", fd, " is not a stream socket"));
  }
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("--private: setting up descriptor ", fd));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ServePrivate(AsioEventLoop* loop, const std::string& name, const Options& options,
                          MakeHandler make_handler) {
  absl::AnyInvocable<void(const std::string&)> leave;
  // First, as it must be done before any thread is started.
  const auto signals =
      WatchSignals(loop, {SIGTERM, SIGINT}, [&leave](int signal) { leave(strsignal(signal)); });
  if (!signals.ok()) return signals.status();
  if (absl::Status status = SetUp(*options.private_fd); !status.ok()) return status;
  const auto supervisor = SocketPeer::Of(*options.private_fd);
  if (!supervisor.ok()) return supervisor.status();

  NoMemory memory;
  const auto handler = make_handler(&memory);
  if (!handler.ok()) return handler.status();
  Server server(loop, handler->get(), {name, kVersion}, /*lease=*/absl::ZeroDuration());

  std::unique_ptr<Pending> bound;
  leave = [&](const std::string& why) {
    if (bound != nullptr) return;
    LOG(INFO) << why << ": undoing what is left to undo, then ending";
    bound = loop->After(kUndoTime, [loop] {
      LOG(ERROR) << "not all could be undone in time";
      loop->Stop();
    });
    // Later, as this may be called from within a task's end.
    loop->Post([&, loop] {
      server.EndStreams();
      (*handler)->WhenIdle([loop] { loop->Stop(); });
    });
  };
  server.tasks().OnEmpty([&] { leave("the supervisor has left"); });
  std::unique_ptr<Pending> death;
  death = (*supervisor)->WatchDeath(*loop, [&] {
    death.reset();
    leave("the supervisor has died");
  });
  const auto attach = loop->After(kAttachTime, [&] {
    if (server.tasks().empty()) leave("nothing has attached");
  });
  server.Serve(UniqueFd(*options.private_fd));
  loop->Run();
  return absl::OkStatus();
}

}  // namespace mesos_executor::sidecar
