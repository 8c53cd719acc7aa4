#include "sidecars/log_shipper/outputs/consul_query.h"

#include <utility>
#include <variant>

#include "sidecars/runtime/resolver.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr int kForbidden = 403;

std::unique_ptr<sidecar::Route> NewRoute(AsioEventLoop* loop,
                                         const consul::ConsulAddress& address) {
  if (!address.socket.empty()) {
    return std::make_unique<sidecar::Route>(UnixEndpoint{address.socket});
  }
  return std::make_unique<sidecar::Route>(address.host, address.port, sidecar::NewResolver(loop));
}

}  // namespace

class ConsulQuery::Question final : public Pending {
 public:
  Question(ConsulQuery* query, AsioEventLoop* loop, std::string target, HttpClient::Done done)
      : query_(*query), target_(std::move(target)), done_(std::move(done)) {
    // From the loop, as the route may be known at once.
    step_ = loop->After(absl::ZeroDuration(), [this] { Find(); });
  }

 private:
  void Find() {
    step_ = query_.route_->Find([this](absl::StatusOr<Endpoint> endpoint) {
      if (!endpoint.ok()) return Finish(endpoint.status());
      Send(*endpoint);
    });
  }

  void Send(const Endpoint& endpoint) {
    query_.credentials_->Refresh(/*anyway=*/false);
    HttpRequest request;
    request.endpoint = endpoint;
    request.target = target_;
    // Over a Unix socket any name will do.
    request.host =
        std::holds_alternative<TcpEndpoint>(endpoint) ? query_.route_->name() : "localhost";
    request.headers = query_.credentials_->Headers();
    request.tls = query_.credentials_->tls();
    request.timeout = kTimeout;
    sent_ = query_.http_->Send(std::move(request),
                               [this, endpoint](absl::StatusOr<HttpResponse> answer) {
                                 if (!answer.ok()) query_.route_->Failed(endpoint);
                                 if (answer.ok() && answer->status == kForbidden) {
                                   query_.credentials_->Refresh(/*anyway=*/true);
                                 }
                                 Finish(std::move(answer));
                               });
  }

  // May destroy it.
  void Finish(absl::StatusOr<HttpResponse> answer) {
    auto done = std::move(done_);
    done(std::move(answer));
  }

  ConsulQuery& query_;
  const std::string target_;
  HttpClient::Done done_;
  std::unique_ptr<Pending> step_;
  std::unique_ptr<Pending> sent_;
};

absl::StatusOr<std::unique_ptr<ConsulQuery>> ConsulQuery::Create(
    AsioEventLoop* loop, const consul::ConsulSettings& settings) {
  auto credentials = consul::Credentials::Create(settings);
  if (!credentials.ok()) return credentials.status();
  return std::unique_ptr<ConsulQuery>(
      new ConsulQuery(loop, settings.address, *std::move(credentials)));
}

ConsulQuery::ConsulQuery(AsioEventLoop* loop, const consul::ConsulAddress& address,
                         std::unique_ptr<consul::Credentials> credentials)
    : loop_(loop),
      credentials_(std::move(credentials)),
      route_(NewRoute(loop, address)),
      http_(NewHttpClient(loop)) {}

std::unique_ptr<Pending> ConsulQuery::Get(const std::string& target, HttpClient::Done done) {
  return std::make_unique<Question>(this, loop_, target, std::move(done));
}

}  // namespace mesos_executor::log_shipper
