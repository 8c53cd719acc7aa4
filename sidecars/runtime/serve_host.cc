#include <errno.h>
#include <glog/logging.h>
#include <grp.h>
#include <signal.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/journal.h"
#include "sidecars/runtime/serve.h"
#include "sidecars/runtime/server.h"
#include "sidecars/runtime/socket_peer.h"
#include "sidecars/runtime/unix_listener.h"
#include "supervisor/base/version.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::sidecar {
namespace {

constexpr char kDefaultGroup[] = "mesos-executor";
// Random at each boot (random(4)).
constexpr char kBootIdFile[] = "/proc/sys/kernel/random/boot_id";

absl::StatusOr<std::string> BootId() {
  std::string id;
  if (!std::getline(std::ifstream(kBootIdFile), id) || id.empty()) {
    return absl::UnavailableError(absl::StrCat("cannot read ", kBootIdFile));
  }
  return id;
}

absl::StatusOr<std::optional<gid_t>> Group(const std::optional<std::string>& name) {
  if (const group* found = getgrnam(name.value_or(kDefaultGroup).c_str())) return found->gr_gid;
  if (name) return absl::InvalidArgumentError(absl::StrCat("--group: there is no group ", *name));
  return std::nullopt;
}

}  // namespace

absl::Status ServeHost(AsioEventLoop* loop, const std::string& name, const Options& options,
                       MakeHandler make_handler) {
  // First, as it must be done before any thread is started.
  const auto signals = WatchSignals(loop, {SIGTERM, SIGINT}, [loop](int signal) {
    LOG(INFO) << strsignal(signal) << ": stopping; what was done for living tasks stays";
    loop->Stop();
  });
  if (!signals.ok()) return signals.status();
  const auto group = Group(options.group);
  if (!group.ok()) return group.status();
  const auto boot_id = BootId();
  if (!boot_id.ok()) return boot_id.status();

  const auto journal = Journal::Open(options.state_directory, *boot_id);
  if (!journal.ok()) return journal.status();
  const auto handler = make_handler(journal->get());
  if (!handler.ok()) return handler.status();
  Server server(loop, handler->get(), {name, kVersion}, options.lease);
  server.tasks().RefuseWhere(
      [&journal](const TaskKey& key) { return (*journal)->HasOfAnotherUser(key); });
  const auto listener =
      UnixListener::Listen(loop, options.socket, *group, [&server](UniqueFd connection) {
        const auto peer = SocketPeer::Of(connection.get());
        const absl::Status known = peer.ok() ? (*peer)->CheckKnown() : peer.status();
        if (known.ok()) {
          server.Serve(std::move(connection));
        } else {
          LOG(WARNING) << "a connection is refused: " << known.message();
        }
      });
  if (!listener.ok()) return listener.status();
  // Only now, as the lease runs only while supervisors can reach us. A copy: the handler may forget
  // some of it meanwhile.
  for (const auto& [key, entry] : Journal::Entries((*journal)->entries())) {
    server.tasks().Recover(key, entry.record, entry.this_boot);
  }
  LOG(INFO) << name << " " << kVersion << " serves at " << options.socket;
  loop->Run();
  return absl::OkStatus();
}

}  // namespace mesos_executor::sidecar
