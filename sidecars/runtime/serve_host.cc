#include <errno.h>
#include <glog/logging.h>
#include <signal.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/acceptor.h"
#include "sidecars/runtime/await_journal.h"
#include "sidecars/runtime/await_socket.h"
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

// Less than the time in which systemd expects a service to start. The process before ends within
// seconds, once it is told to.
constexpr absl::Duration kTakeOverTime = absl::Minutes(1);
constexpr int kSecondsBetweenRefusals = 5;
// Random at each boot (random(4)).
constexpr char kBootIdFile[] = "/proc/sys/kernel/random/boot_id";

absl::StatusOr<std::string> BootId() {
  std::string id;
  if (!std::getline(std::ifstream(kBootIdFile), id) || id.empty()) {
    return absl::UnavailableError(absl::StrCat("cannot read ", kBootIdFile));
  }
  return id;
}

// None where no metrics are asked for.
absl::StatusOr<std::unique_ptr<MetricsServer>> ShowMetrics(const HostParts& parts,
                                                           std::optional<gid_t> group,
                                                           absl::Duration patience) {
  if (!parts.options.metrics) return nullptr;
  const auto* local = std::get_if<UnixEndpoint>(&*parts.options.metrics);
  absl::StatusOr<UniqueFd> listening = AwaitSocket(
      [&] {
        return local != nullptr ? ListenUnix(local->path, group)
                                : ListenTcp(std::get<TcpEndpoint>(*parts.options.metrics));
      },
      patience);
  if (!listening.ok()) {
    return absl::Status(listening.status().code(),
                        absl::StrCat("--metrics: ", listening.status().message()));
  }
  LOG(INFO) << "metrics are shown at "
            << (local != nullptr ? EndpointName(*local) : SocketName(listening->get()));
  return std::make_unique<MetricsServer>(parts.loop, *std::move(listening), parts.metrics);
}

// Who may be served is decided before gRPC sees a byte.
Acceptor::Accepted AdmitTo(Server* server, const HostParts& parts) {
  Metrics::Counter& refused = parts.metrics->CounterOf(
      "mesos_sidecar_refused_peers_total", "Connections of processes that may not be served.");
  return [server, &refused, foreign = parts.options.allow_foreign_peers](UniqueFd connection) {
    const auto peer = SocketPeer::Of(connection.get());
    const absl::Status known = peer.ok() ? (*peer)->CheckKnown() : peer.status();
    if (known.ok() || (peer.ok() && foreign)) {
      server->Serve(std::move(connection));
    } else {
      refused.Add();
      LOG_EVERY_T(WARNING, kSecondsBetweenRefusals)
          << "a connection is refused: " << known.message() << " (--allow-foreign-peers admits it)";
    }
  };
}

}  // namespace

absl::Status ServeHost(const HostParts& parts, MakeHandler make_handler) {
  const Options& options = parts.options;
  // First, as it must be done before any thread is started.
  const auto signals = WatchSignals(parts.loop, {SIGTERM, SIGINT}, [&parts](int signal) {
    LOG(INFO) << strsignal(signal) << ": stopping; what was done for living tasks stays";
    parts.notifier->Stopping();
    parts.loop->Stop();
  });
  if (!signals.ok()) return signals.status();
  const auto group = SocketGroup(options.group);
  if (!group.ok()) return group.status();
  const auto boot_id = BootId();
  if (!boot_id.ok()) return boot_id.status();
  auto listening = parts.sockets->Claim(kLifecycleSocket);
  if (!listening.ok()) return listening.status();

  // Whoever holds the journal serves: what follows is undone in the reverse order, so that the next
  // process finds a free socket once it has the journal.
  const bool wait = options.take_over || listening->valid();
  const auto journal =
      wait ? AwaitJournal(options.state_directory, *boot_id, kTakeOverTime, parts.notifier)
           : Journal::Open(options.state_directory, *boot_id);
  if (absl::IsCancelled(journal.status())) return absl::OkStatus();
  if (!journal.ok()) return journal.status();
  const auto handler = make_handler(journal->get());
  if (!handler.ok()) return handler.status();
  CountedHandler counted(handler->get(), parts.metrics);
  Server server(parts.loop, &counted, {parts.name, kVersion}, options.lease);
  server.tasks().RefuseWhere(
      [&journal](const TaskKey& key) { return (*journal)->HasOfAnotherUser(key); });
  for (const std::string& name : parts.sockets->unclaimed()) {
    LOG(WARNING) << "nobody serves at the inherited socket " << name;
  }

  parts.metrics->SetGauge("mesos_sidecar_attached_tasks", "Tasks whose supervisors are connected.",
                          {}, [&server] { return server.tasks().attached(); });
  parts.metrics->SetGauge("mesos_sidecar_journal_bytes", "Size of the journal's file.", {},
                          [&journal] { return (*journal)->file_size(); });
  const absl::Duration patience = wait ? kExitTime : absl::ZeroDuration();
  const auto shown = ShowMetrics(parts, *group, patience);
  if (!shown.ok()) return shown.status();

  const std::string place = listening->valid() ? SocketName(listening->get())
                                               : EndpointName(UnixEndpoint{options.socket});
  if (!listening->valid()) {
    listening = AwaitSocket([&] { return ListenUnix(options.socket, *group); }, patience);
    if (!listening.ok()) return listening.status();
  }
  const std::string serves = absl::StrCat(kVersion, " serves at ", place);
  const Acceptor acceptor(parts.loop, *std::move(listening), AdmitTo(&server, parts));
  // Only now, as the lease runs only while supervisors can reach us. A copy: the handler may forget
  // some of it meanwhile.
  for (const auto& [key, entry] : Journal::Entries((*journal)->entries())) {
    server.tasks().Recover(key, entry.record, entry.this_boot);
  }
  LOG(INFO) << parts.name << " " << serves;
  parts.notifier->Ready(serves);
  parts.loop->Run();
  return absl::OkStatus();
}

}  // namespace mesos_executor::sidecar
