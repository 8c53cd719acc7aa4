#include <errno.h>
#include <glog/logging.h>
#include <grp.h>
#include <signal.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/acceptor.h"
#include "sidecars/runtime/counted_handler.h"
#include "sidecars/runtime/journal.h"
#include "sidecars/runtime/listening_socket.h"
#include "sidecars/runtime/metrics_server.h"
#include "sidecars/runtime/serve.h"
#include "sidecars/runtime/server.h"
#include "sidecars/runtime/socket_peer.h"
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

// None where no metrics are asked for.
absl::StatusOr<std::unique_ptr<MetricsServer>> ShowMetrics(AsioEventLoop* loop,
                                                           const Options& options,
                                                           std::optional<gid_t> group,
                                                           Metrics* metrics) {
  if (!options.metrics) return nullptr;
  const auto* local = std::get_if<UnixEndpoint>(&*options.metrics);
  absl::StatusOr<UniqueFd> listening = local != nullptr
                                           ? ListenUnix(local->path, group)
                                           : ListenTcp(std::get<TcpEndpoint>(*options.metrics));
  if (!listening.ok()) {
    return absl::Status(listening.status().code(),
                        absl::StrCat("--metrics: ", listening.status().message()));
  }
  LOG(INFO) << "metrics are shown at " << SocketName(listening->get());
  return std::make_unique<MetricsServer>(loop, *std::move(listening), metrics);
}

}  // namespace

absl::Status ServeHost(AsioEventLoop* loop, const std::string& name, const Options& options,
                       Metrics* metrics, MakeHandler make_handler) {
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
  CountedHandler counted(handler->get(), metrics);
  Server server(loop, &counted, {name, kVersion}, options.lease);
  server.tasks().RefuseWhere(
      [&journal](const TaskKey& key) { return (*journal)->HasOfAnotherUser(key); });

  metrics->SetGauge("mesos_sidecar_attached_tasks", "Tasks whose supervisors are connected.", {},
                    [&server] { return server.tasks().attached(); });
  metrics->SetGauge("mesos_sidecar_journal_bytes", "Size of the journal's file.", {},
                    [&journal] { return (*journal)->file_size(); });
  Metrics::Counter& refused = metrics->CounterOf(
      "mesos_sidecar_refused_peers_total", "Connections of processes that may not be served.");
  const auto shown = ShowMetrics(loop, options, *group, metrics);
  if (!shown.ok()) return shown.status();

  auto listening = ListenUnix(options.socket, *group);
  if (!listening.ok()) return listening.status();
  const Acceptor acceptor(loop, *std::move(listening), [&](UniqueFd connection) {
    const auto peer = SocketPeer::Of(connection.get());
    const absl::Status known = peer.ok() ? (*peer)->CheckKnown() : peer.status();
    if (known.ok()) {
      server.Serve(std::move(connection));
    } else {
      refused.Add();
      LOG(WARNING) << "a connection is refused: " << known.message();
    }
  });
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
