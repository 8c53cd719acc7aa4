#include "sidecars/consul_registrar/client.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

// Thousands of services of one host fit; a Consul that sends more is not believed.
constexpr size_t kMaxAnswer = 64 << 20;

}  // namespace

// One request, waiting or sent.
class Client::Call final : public Operation {
 public:
  Call(Client* client, Request request, bool urgent, Answered answered)
      : client_(client),
        request_(std::move(request)),
        urgent_(urgent),
        answered_(std::move(answered)) {}
  ~Call() override {
    http_.reset();
    client_->Remove(this);
  }
  bool sent() const override { return state_ != State::kWaiting; }

 private:
  friend class Client;
  enum class State { kWaiting, kUnderWay, kDone };

  Client* const client_;
  Request request_;
  const bool urgent_;
  Answered answered_;
  State state_ = State::kWaiting;
  std::unique_ptr<Pending> http_;
};

Client::Client(ConsulSettings settings, std::unique_ptr<HttpClient> http,
               std::unique_ptr<sidecar::Resolver> resolver)
    : settings_(std::move(settings)), http_(std::move(http)), resolver_(std::move(resolver)) {}

Client::~Client() = default;

std::string Client::name() const {
  const bool v6 = absl::StrContains(settings_.host, ':');
  return absl::StrCat(v6 ? "[" : "", settings_.host, v6 ? "]:" : ":", settings_.port);
}

std::unique_ptr<Operation> Client::Register(const ServiceDefinition& service,
                                            absl::string_view status, Done done) {
  return Ask(RegisterRequest(service, status), /*urgent=*/false,
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadRegisterAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::Deregister(absl::string_view service_id, Done done) {
  return Ask(DeregisterRequest(service_id), /*urgent=*/true,
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadDeregisterAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::Services(ServicesDone done) {
  return Ask(ServicesRequest(), /*urgent=*/false,
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadServicesAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::Ask(Request request, bool urgent, Answered answered) {
  auto call = std::make_unique<Call>(this, std::move(request), urgent, std::move(answered));
  (urgent ? urgent_ : waiting_).push_back(call.get());
  Dispatch();
  return call;
}

void Client::Dispatch() {
  if (addresses_.empty()) {
    if (resolving_ == nullptr && !(urgent_.empty() && waiting_.empty())) {
      resolving_ = resolver_->Resolve(settings_.host,
                                      [this](absl::StatusOr<std::vector<std::string>> addresses) {
                                        OnResolved(std::move(addresses));
                                      });
    }
    return;
  }
  while (!urgent_.empty() && under_way_ < kMaxUnderWay) {
    Call* call = urgent_.front();
    urgent_.pop_front();
    Send(call);
  }
  while (!waiting_.empty() && under_way_ < kMaxUnderWayButDeregistrations) {
    Call* call = waiting_.front();
    waiting_.pop_front();
    Send(call);
  }
}

void Client::Send(Call* call) {
  HttpRequest request;
  request.endpoint = TcpEndpoint{addresses_.front(), settings_.port};
  request.method = std::move(call->request_.method);
  request.target = std::move(call->request_.target);
  request.host = name();
  if (!settings_.token.empty()) request.headers.emplace_back("X-Consul-Token", settings_.token);
  if (!call->request_.body.empty())
    request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(call->request_.body);
  request.timeout = kTimeout;
  request.max_body = kMaxAnswer;
  ++under_way_;
  call->state_ = Call::State::kUnderWay;
  call->http_ =
      http_->Send(std::move(request),
                  [this, call, address = addresses_.front()](absl::StatusOr<HttpResponse> answer) {
                    --under_way_;
                    call->state_ = Call::State::kDone;
                    // Of those that were under way together, the first that fails moves on for all.
                    if (!answer.ok() && !addresses_.empty() && addresses_.front() == address) {
                      addresses_.pop_front();
                    }
                    auto answered = std::move(call->answered_);
                    Dispatch();
                    answered(std::move(answer));  // May destroy the call.
                  });
}

void Client::Remove(Call* call) {
  switch (call->state_) {
    case Call::State::kWaiting:
      (call->urgent_ ? urgent_ : waiting_).remove(call);
      break;
    case Call::State::kUnderWay:
      --under_way_;
      Dispatch();
      break;
    case Call::State::kDone:
      break;
  }
}

void Client::OnResolved(absl::StatusOr<std::vector<std::string>> addresses) {
  resolving_.reset();
  if (addresses.ok()) {
    addresses_.assign(addresses->begin(), addresses->end());
    Dispatch();
    return;
  }
  // Those that wait now fail; what their callbacks ask for finds a new attempt.
  for (std::list<Call*>* calls : {&urgent_, &waiting_}) {
    for (size_t left = calls->size(); left > 0 && !calls->empty(); --left) {
      Call* call = calls->front();
      calls->pop_front();
      call->state_ = Call::State::kDone;
      auto answered = std::move(call->answered_);
      answered(addresses.status());
    }
  }
}

}  // namespace mesos_executor::consul
