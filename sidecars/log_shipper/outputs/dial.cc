#include "sidecars/log_shipper/outputs/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/tls_stream.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr int kProbes = 3;

// Nothing here can fail on a TCP socket but by a mistake of ours, and none is worth a lost
// receiver.
void SetOptions(int socket, absl::Duration keep_alive) {
  const auto set = [socket](int level, int name, int value) {
    setsockopt(socket, level, name, &value, sizeof(value));
  };
  // Entries come in batches already: the last of them must not wait for the answer to the first.
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  if (keep_alive == absl::ZeroDuration()) return;
  const int seconds =
      static_cast<int>(std::clamp<int64_t>(absl::ToInt64Seconds(keep_alive), 1, 32'767));
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, seconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
}

class Attempt final : public Pending {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<Dialed>)>;

  Attempt(AsioEventLoop* loop, sidecar::Resolver* resolver, const Receiver& receiver,
          const DialOptions& options, Done done)
      : loop_(loop), receiver_(receiver), options_(options), done_(std::move(done)) {
    StartClock("resolving its name");
    step_ =
        resolver->Resolve(receiver_.host, [this](absl::StatusOr<std::vector<std::string>> found) {
          if (!found.ok()) return Finish(found.status());
          addresses_.assign(found->begin(), found->end());
          TryNext();
        });
  }

 private:
  void StartClock(const char* doing) {
    clock_ = loop_->After(options_.timeout, [this, doing] {
      Failed(absl::DeadlineExceededError(absl::StrCat(
          "no answer within ", absl::FormatDuration(options_.timeout), " when ", doing)));
    });
  }

  void TryNext() {
    endpoint_ = {addresses_.front(), receiver_.port};
    addresses_.pop_front();
    StartClock("connecting");
    step_ = Connect(loop_, endpoint_, [this](absl::StatusOr<UniqueFd> socket) {
      if (!socket.ok()) return Failed(socket.status());
      Connected(*std::move(socket));
    });
  }

  void Connected(UniqueFd socket) {
    SetOptions(socket.get(), options_.keep_alive);
    const int number = socket.get();
    if (!options_.tls.has_value()) return Finish(NewByteStream(loop_, std::move(socket)), number);
    TlsSettings settings = *options_.tls;
    if (settings.server_name.empty() && AddressFamily(receiver_.host) == AF_UNSPEC) {
      settings.server_name = receiver_.host;
    }
    const auto credentials = TlsCredentials::Create(settings);
    if (!credentials.ok()) return Finish(credentials.status());
    auto session = (*credentials)->NewSession(endpoint_);
    if (!session.ok()) return Finish(session.status());
    step_ = StartTls(loop_, std::move(socket), *std::move(session),
                     [this, number](absl::StatusOr<std::unique_ptr<ByteStream>> stream) {
                       if (!stream.ok()) return Failed(stream.status());
                       Finish(std::move(stream), number);
                     });
  }

  void Failed(absl::Status status) {
    if (addresses_.empty()) return Finish(std::move(status));
    TryNext();
  }

  void Finish(absl::StatusOr<std::unique_ptr<ByteStream>> stream, int socket = -1) {
    step_.reset();
    clock_.reset();
    auto done = std::move(done_);
    if (!stream.ok()) return done(stream.status());
    done(Dialed{*std::move(stream), socket});
  }

  AsioEventLoop* const loop_;
  const Receiver receiver_;
  const DialOptions options_;
  Done done_;
  std::deque<std::string> addresses_;
  TcpEndpoint endpoint_;
  std::unique_ptr<Pending> step_;
  std::unique_ptr<Pending> clock_;
};

}  // namespace

std::unique_ptr<Pending> Dial(AsioEventLoop* loop, sidecar::Resolver* resolver,
                              const Receiver& receiver, const DialOptions& options,
                              absl::AnyInvocable<void(absl::StatusOr<Dialed>)> done) {
  return std::make_unique<Attempt>(loop, resolver, receiver, options, std::move(done));
}

}  // namespace mesos_executor::log_shipper
