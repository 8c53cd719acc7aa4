#include "sidecars/log_shipper/spool_receiver.h"

#include <glog/logging.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/spools_message.h"
#include "sidecars/runtime/socket_peer.h"
#include "supervisor/base/descriptor_datagram.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// Supervisors send as soon as they are connected.
constexpr size_t kMostWaiting = 1024;

absl::StatusOr<uid_t> PeerOf(int connection, bool foreign_peers) {
  const auto peer = sidecar::SocketPeer::Of(connection);
  if (!peer.ok()) return peer.status();
  const absl::Status known = (*peer)->CheckKnown();
  if (!known.ok() && !foreign_peers) return known;
  return (*peer)->uid();
}

// Lines that aren't shipped are lost without it, and counted: no reason to ship none.
std::unique_ptr<ExecutorOutput> OpenOutput(const std::optional<size_t>& place,
                                           std::vector<UniqueFd>& descriptors) {
  if (!place) return nullptr;
  auto output = OpenExecutorOutput(std::move(descriptors[*place]));
  if (output.ok()) return *std::move(output);
  LOG_EVERY_T(WARNING, 1) << output.status().message();
  return nullptr;
}

absl::StatusOr<TaskSpools> Accept(uid_t uid, DescriptorDatagram datagram) {
  std::vector<UniqueFd>& fds = datagram.descriptors;
  const auto message = ParseSpools(datagram.bytes, fds.size());
  if (!message.ok()) return message.status();
  for (const absl::Status& status : {CheckSpoolFile(fds[message->out].get(), uid, "stdout"),
                                     CheckSpoolFile(fds[message->err].get(), uid, "stderr"),
                                     CheckSpoolFile(fds[message->offsets].get(), uid, "offsets")}) {
    if (!status.ok()) return status;
  }
  auto spools = MakeTaskSpools({.uid = uid,
                                .framework_id = message->framework_id,
                                .executor_id = message->executor_id,
                                .task_id = message->task_id},
                               message->incarnation, message->limit,
                               {.out = std::move(fds[message->out]),
                                .err = std::move(fds[message->err]),
                                .offsets = std::move(fds[message->offsets])});
  if (!spools.ok()) return spools;
  spools->out.unparsed = OpenOutput(message->executor_out, fds);
  spools->err.unparsed = OpenOutput(message->executor_err, fds);
  return spools;
}

}  // namespace

struct SpoolReceiver::Waiting {
  UniqueFd connection;
  uid_t uid = 0;
  std::unique_ptr<Pending> readable;
  std::unique_ptr<Pending> timeout;
};

SpoolReceiver::SpoolReceiver(EventLoop* loop, bool foreign_peers,
                             absl::AnyInvocable<void(TaskSpools)> received)
    : loop_(loop), foreign_peers_(foreign_peers), received_(std::move(received)) {}

SpoolReceiver::~SpoolReceiver() = default;

void SpoolReceiver::Serve(UniqueFd connection) {
  const absl::StatusOr<uid_t> uid = PeerOf(connection.get(), foreign_peers_);
  if (!uid.ok() || waiting_.size() == kMostWaiting) {
    LOG_EVERY_T(WARNING, 1) << "a connection for descriptors is refused: "
                            << (uid.ok() ? "too many are waiting" : uid.status().message());
    return;
  }
  const int64_t id = next_id_++;
  auto waiting = std::make_unique<Waiting>();
  waiting->uid = *uid;
  waiting->readable = loop_->WatchReadable(connection.get(), [this, id] { Receive(id); });
  waiting->timeout = loop_->After(kPatience, [this, id] { waiting_.erase(id); });
  waiting->connection = std::move(connection);
  waiting_[id] = std::move(waiting);
}

void SpoolReceiver::Receive(int64_t id) {
  const auto found = waiting_.find(id);
  absl::StatusOr<DescriptorDatagram> datagram = ReceiveDatagram(found->second->connection.get());
  if (absl::IsUnavailable(datagram.status())) return;
  const std::unique_ptr<Waiting> waiting = std::move(found->second);
  waiting_.erase(found);
  waiting->readable.reset();
  // The supervisor has left, or has come to see whether we are there.
  if (absl::IsOutOfRange(datagram.status())) return;
  auto spools = datagram.ok() ? Accept(waiting->uid, *std::move(datagram)) : datagram.status();
  if (!spools.ok()) {
    LOG_EVERY_T(WARNING, 1) << "spools of the user " << waiting->uid
                            << " are refused: " << spools.status().message();
    return;
  }
  spools->held = std::move(waiting->connection);
  received_(*std::move(spools));
}

}  // namespace mesos_executor::log_shipper
