#include "sidecars/log_shipper/outputs/new_output.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "sidecars/log_shipper/outputs/consul_query.h"
#include "sidecars/log_shipper/outputs/dial.h"
#include "sidecars/log_shipper/outputs/discovery.h"
#include "sidecars/log_shipper/outputs/file_output.h"
#include "sidecars/log_shipper/outputs/health_answer.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/log_shipper/outputs/receiver_choice.h"
#include "sidecars/log_shipper/outputs/tcp_output.h"
#include "sidecars/log_shipper/outputs/udp_output.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/base/http_client.h"
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
  static absl::StatusOr<std::unique_ptr<Output>> New(AsioEventLoop* loop, Options options,
                                                     const OutputSettings& settings,
                                                     Listener* listener) {
    std::unique_ptr<NetworkOutput> output(
        new NetworkOutput(loop, std::move(options), settings, listener));
    if (!settings.discovery_service.empty()) {
      if (auto status = output->Discover(loop, settings); !status.ok()) return status;
    }
    return output;
  }

  bool ready() const override { return inner_.ready(); }
  void Send(std::string entries) override { inner_.Send(std::move(entries)); }
  uint64_t written() const override { return inner_.written(); }
  bool resends() const override { return inner_.resends(); }

 private:
  template <typename Options>
  NetworkOutput(AsioEventLoop* loop, Options options, const OutputSettings& settings,
                Listener* listener)
      : resolver_(sidecar::NewResolver(loop)),
        inner_(loop, resolver_.get(), std::move(options), NewChoice(settings), listener) {}

  absl::Status Discover(AsioEventLoop* loop, const OutputSettings& settings) {
    auto consul = ConsulQuery::Create(loop, settings.consul);
    if (!consul.ok()) return consul.status();
    consul_ = *std::move(consul);
    discovery_.emplace(
        loop, settings.discovery_service,
        HealthTarget(settings.discovery_service, settings.consul.name_space),
        settings.discovery_refresh,
        [this](const std::string& target, HttpClient::Done done) {
          return consul_->Get(target, std::move(done));
        },
        [this](std::vector<Receiver> found) { inner_.SetReceivers(std::move(found)); });
    return absl::OkStatus();
  }

  const std::unique_ptr<sidecar::Resolver> resolver_;
  Inner inner_;
  std::unique_ptr<ConsulQuery> consul_;
  std::optional<Discovery> discovery_;
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
      return NetworkOutput<UdpOutput>::New(
          loop, UdpOptions{settings.udp_rate, settings.max_entry()}, settings, listener);
    case Protocol::kTcp:
      break;
  }
  if (settings.tls.has_value()) {
    // Each connection reads them again; but who starts with bad ones should hear of it.
    const auto tls = TlsCredentials::Create(*settings.tls);
    if (!tls.ok()) return tls.status();
  }
  return NetworkOutput<TcpOutput>::New(
      loop, DialOptions{settings.tcp_timeout, settings.tcp_keep_alive, settings.tls}, settings,
      listener);
}

}  // namespace mesos_executor::log_shipper
