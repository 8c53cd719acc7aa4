#include "sidecars/log_shipper/outputs/tcp_output.h"

#include <glog/logging.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

TcpOutput::TcpOutput(AsioEventLoop* loop, sidecar::Resolver* resolver, DialOptions options,
                     ReceiverChoice choice, Listener* listener)
    : loop_(loop),
      resolver_(resolver),
      options_(std::move(options)),
      listener_(listener),
      choice_(std::move(choice)) {
  TryAfter(absl::ZeroDuration());
}

void TcpOutput::SetReceivers(std::vector<Receiver> receivers) {
  if (choice_.Replace(std::move(receivers))) return;
  if (connection_.has_value()) {
    return Disconnect(absl::UnavailableError("it isn't among the receivers any more"),
                      absl::ZeroDuration());
  }
  TryAfter(absl::ZeroDuration());
}

void TcpOutput::TryAfter(absl::Duration pause) {
  next_ = loop_->After(pause, [this] { Try(); });
}

void TcpOutput::Try() {
  next_.reset();
  const Receiver* receiver = choice_.current();
  if (receiver == nullptr) return;  // Until SetReceivers.
  next_ = Dial(loop_, resolver_, *receiver, options_,
               [this, name = ReceiverName(*receiver)](absl::StatusOr<Dialed> dialed) {
                 if (dialed.ok()) return Connected(*std::move(dialed), name);
                 // Once an outage, not once an attempt.
                 if (!std::exchange(told_, true)) {
                   LOG(WARNING) << "cannot reach the receiver " << name << ": "
                                << dialed.status().message() << "; trying on";
                 }
                 TryAfter(choice_.Failed());
               });
}

void TcpOutput::Connected(Dialed dialed, std::string name) {
  next_.reset();
  told_ = false;
  LOG(INFO) << "connected to the receiver " << name;
  const int socket = dialed.socket;
  connection_.emplace();
  connection_->dialed = std::move(dialed);
  connection_->name = std::move(name);
  connection_->since = loop_->Now();
  connection_->silence = std::make_unique<SilenceWatch>(
      loop_, [socket] { return LookAtPeer(socket); },
      [this] { Broken(absl::UnavailableError("it has fallen silent")); });
  ReadAndForget();
  ready_ = true;
  listener_->OnReady();
}

void TcpOutput::ReadAndForget() {
  connection_->dialed.stream->Read([this](absl::StatusOr<absl::string_view> bytes) {
    if (!bytes.ok()) return Broken(bytes.status());
    if (bytes->empty()) return Broken(absl::UnavailableError("it closed the connection"));
    ReadAndForget();
  });
}

void TcpOutput::Send(std::string entries) {
  CHECK(ready_) << "Send without asking ready()";
  if (entries.empty()) return;
  connection_->waiting_bytes += entries.size();
  connection_->waiting.push_back(std::move(entries));
  if (connection_->waiting_bytes + connection_->under_way >= kFull) ready_ = false;
  if (connection_->under_way == 0) WriteNext();
}

void TcpOutput::WriteNext() {
  Connection& connection = *connection_;
  std::string next = std::move(connection.waiting.front());
  connection.waiting.pop_front();
  connection.waiting_bytes -= next.size();
  connection.under_way = next.size();
  connection.silence->Sent();
  connection.dialed.stream->Write(std::move(next),
                                  [this](absl::Status status) { Written(std::move(status)); });
}

void TcpOutput::Written(absl::Status status) {
  if (!status.ok()) return Broken(std::move(status));
  Connection& connection = *connection_;
  connection.taken += std::exchange(connection.under_way, 0);
  if (!connection.waiting.empty()) WriteNext();
  if (!ready_ && connection.waiting_bytes + connection.under_way <= kRoom) {
    ready_ = true;
    listener_->OnReady();
  }
}

uint64_t TcpOutput::written() const {
  if (!connection_.has_value()) return 0;
  // What the kernel has in hand includes some of what is under way, and what TLS adds: so this is
  // the least that has arrived.
  int in_hand = 0;
  if (ioctl(connection_->dialed.socket, SIOCOUTQ, &in_hand) == 0 &&
      connection_->taken > static_cast<uint64_t>(in_hand)) {
    connection_->acknowledged =
        std::max(connection_->acknowledged, connection_->taken - static_cast<uint64_t>(in_hand));
  }
  return connection_->acknowledged;
}

void TcpOutput::Broken(absl::Status why) {
  if (loop_->Now() - connection_->since >= kSettled) choice_.Works();
  Disconnect(std::move(why), choice_.Failed());
}

void TcpOutput::Disconnect(absl::Status why, absl::Duration pause) {
  LOG(WARNING) << "lost the receiver " << connection_->name << ": " << why.message();
  connection_.reset();
  ready_ = false;
  TryAfter(pause);
  listener_->OnBroken(why);
}

}  // namespace mesos_executor::log_shipper
