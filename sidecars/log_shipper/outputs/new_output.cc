#include "sidecars/log_shipper/outputs/new_output.h"

#include <string>
#include <utility>

#include "absl/random/random.h"
#include "sidecars/log_shipper/outputs/dial.h"
#include "sidecars/log_shipper/outputs/file_output.h"
#include "sidecars/log_shipper/outputs/receiver_choice.h"
#include "sidecars/log_shipper/outputs/tcp_output.h"
#include "sidecars/log_shipper/outputs/udp_output.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::log_shipper {
namespace {

using Protocol = OutputSettings::Protocol;

ReceiverChoice NewChoice(const OutputSettings& settings) {
  return ReceiverChoice(settings.receivers, [bits = absl::BitGen()]() mutable {
    return absl::Uniform(bits, 0.0, 1.0);
  });
}

// An output over the network, with what it needs to find its receivers.
template <typename Inner>
class NetworkOutput final : public Output {
 public:
  template <typename Options>
  NetworkOutput(AsioEventLoop* loop, Options options, const OutputSettings& settings,
                Listener* listener)
      : resolver_(sidecar::NewResolver(loop)),
        inner_(loop, resolver_.get(), std::move(options), NewChoice(settings), listener) {}

  bool ready() const override { return inner_.ready(); }
  void Send(std::string entries) override { inner_.Send(std::move(entries)); }
  uint64_t written() const override { return inner_.written(); }
  bool resends() const override { return inner_.resends(); }

 private:
  const std::unique_ptr<sidecar::Resolver> resolver_;
  Inner inner_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Output>> NewOutput(AsioEventLoop* loop,
                                                  const OutputSettings& settings,
                                                  Output::Listener* listener) {
  switch (settings.protocol) {
    case Protocol::kFile:
      return std::make_unique<FileOutput>(loop, settings.file, listener);
    case Protocol::kStdout:
      return std::make_unique<FileOutput>(loop, std::string(FileOutput::kStdout), listener);
    case Protocol::kUdp:
      return std::make_unique<NetworkOutput<UdpOutput>>(
          loop, UdpOptions{settings.udp_rate, settings.max_entry()}, settings, listener);
    case Protocol::kTcp:
      break;
  }
  if (settings.tls.has_value()) {
    // Each connection reads them again; but who starts with bad ones should hear of it.
    const auto tls = TlsCredentials::Create(*settings.tls);
    if (!tls.ok()) return tls.status();
  }
  return std::make_unique<NetworkOutput<TcpOutput>>(
      loop, DialOptions{settings.tcp_timeout, settings.tcp_keep_alive, settings.tls}, settings,
      listener);
}

}  // namespace mesos_executor::log_shipper
