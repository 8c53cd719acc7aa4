#include "sidecars/consul_registrar/client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

// Thousands of services of one host fit; a Consul that sends more is not believed.
constexpr size_t kMaxAnswer = 64 << 20;

constexpr char kDeregister[] = "deregister";

const char* OutcomeOf(const absl::StatusOr<HttpResponse>& answer) {
  if (!answer.ok()) return "unavailable";
  if (answer->status < 300) return "ok";
  if (answer->status == 401 || answer->status == 403) return "denied";
  return answer->status < 500 ? "invalid" : "failed";
}

}  // namespace

// One request, waiting or sent.
class Client::Call final : public Operation {
 public:
  Call(Client* client, const char* operation, Request request, Answered answered)
      : client_(client),
        operation_(operation),
        request_(std::move(request)),
        next_timeout_(request_.method == "GET" ? client->read_timeout_ : client->change_timeout_),
        answered_(std::move(answered)),
        turn_(client->turns_.Wait(absl::string_view(operation) == kDeregister,
                                  [this] { Start(); })) {}

  bool sent() const override { return sent_.has_value(); }

 private:
  void Start() {
    question_ = client_->route_->Find([this](absl::StatusOr<Endpoint> endpoint) {
      if (!endpoint.ok()) return Finish(endpoint.status());
      endpoint_ = *std::move(endpoint);
      Send();
    });
  }

  void Send() {
    sent_ = client_->loop_->Now();
    timeout_ = next_timeout_;
    client_->RefreshCredentials(/*anyway=*/false);
    tokens_ = client_->tokens_;
    http_ = client_->http_->Send(
        client_->Write(request_, endpoint_, timeout_),
        [this](absl::StatusOr<HttpResponse> answer) { OnAnswer(std::move(answer)); });
  }

  void OnAnswer(absl::StatusOr<HttpResponse> answer) {
    client_->NoteTimeliness(answer.status(), *sent_, timeout_, next_timeout_);
    if (!answer.ok()) client_->route_->Failed(endpoint_);
    if (answer.ok() && answer->status == 403) {
      client_->RefreshCredentials(/*anyway=*/true);
      // At most one rotation is followed here: what comes back soon is tried again by the caller.
      if (client_->tokens_ != tokens_ && !std::exchange(repeated_, true)) return Send();
    }
    Finish(std::move(answer));
  }

  // May destroy it.
  void Finish(absl::StatusOr<HttpResponse> answer) {
    client_->metrics_
        ->CounterOf("consul_registrar_requests_total", "Requests to Consul, by their outcome.",
                    {{"operation", operation_}, {"outcome", OutcomeOf(answer)}})
        .Add();
    turn_.reset();
    auto answered = std::move(answered_);
    answered(std::move(answer));
  }

  Client* const client_;
  const char* const operation_;
  const Request request_;
  // The client's.
  absl::Duration& next_timeout_;
  Answered answered_;
  Endpoint endpoint_;
  std::optional<absl::Time> sent_;
  absl::Duration timeout_;
  bool repeated_ = false;
  int tokens_ = 0;
  std::unique_ptr<Pending> turn_;
  std::unique_ptr<Pending> question_;
  std::unique_ptr<Pending> http_;
};

// Two requests, one after the other: a service that is registered in between shows up without its
// check, or not at all; one that goes leaves a check that nobody asks for.
class Client::Listing final : public Operation {
 public:
  Listing(Client* client, HoldingsDone done) : client_(client), done_(std::move(done)) {
    call_ = client_->Ask("list", ServicesRequest(), [this](absl::StatusOr<HttpResponse> answer) {
      OnServices(std::move(answer));
    });
  }

  bool sent() const override { return call_->sent(); }

 private:
  void OnServices(absl::StatusOr<HttpResponse> answer) {
    if (auto status = ReadAnswer(answer); !status.ok()) return Finish(status);
    services_ = std::move(answer->body);
    call_ = client_->Ask("list", ChecksRequest(), [this](absl::StatusOr<HttpResponse> answer) {
      if (auto status = ReadAnswer(answer); !status.ok()) return Finish(status);
      Finish(Holdings::Read(services_, answer->body));
    });
  }

  // May destroy it.
  void Finish(absl::StatusOr<Holdings> result) {
    auto done = std::move(done_);
    done(std::move(result));
  }

  Client* const client_;
  HoldingsDone done_;
  std::string services_;
  std::unique_ptr<Operation> call_;
};

Client::Client(EventLoop* loop, std::unique_ptr<sidecar::Route> route,
               std::unique_ptr<Credentials> credentials, std::unique_ptr<HttpClient> http,
               std::string name_space, sidecar::Metrics* metrics)
    : loop_(loop),
      route_(std::move(route)),
      credentials_(std::move(credentials)),
      http_(std::move(http)),
      query_(name_space.empty() ? "" : absl::StrCat("?ns=", name_space)),
      metrics_(metrics),
      turns_(loop, kPlaces) {}

Client::~Client() = default;

std::unique_ptr<Operation> Client::Register(const ServiceDefinition& service,
                                            absl::string_view status, Done done) {
  return Ask("register", RegisterRequest(service, status),
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadRegisterAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::Deregister(absl::string_view service_id, Done done) {
  return Ask(kDeregister, DeregisterRequest(service_id),
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadDeregisterAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::UpdateCheck(absl::string_view service_id,
                                               absl::string_view status, Done done) {
  return Ask("update", UpdateCheckRequest(service_id, status, "as the executor's own check says"),
             [done = std::move(done)](absl::StatusOr<HttpResponse> answer) mutable {
               done(ReadUpdateCheckAnswer(answer));
             });
}

std::unique_ptr<Operation> Client::List(HoldingsDone done) {
  return std::make_unique<Listing>(this, std::move(done));
}

std::unique_ptr<Operation> Client::Ask(const char* operation, Request request, Answered answered) {
  return std::make_unique<Call>(this, operation, std::move(request), std::move(answered));
}

HttpRequest Client::Write(const Request& request, const Endpoint& endpoint,
                          absl::Duration timeout) {
  HttpRequest http;
  http.endpoint = endpoint;
  http.method = request.method;
  http.target = request.target + query_;
  // Over a Unix socket any name will do.
  http.host = std::holds_alternative<TcpEndpoint>(endpoint) ? name() : "localhost";
  http.headers = credentials_->Headers();
  if (!request.body.empty()) http.headers.emplace_back("Content-Type", "application/json");
  http.body = request.body;
  http.tls = credentials_->tls();
  http.timeout = timeout;
  http.max_body = kMaxAnswer;
  return http;
}

void Client::RefreshCredentials(bool anyway) {
  if (!credentials_->Refresh(anyway)) return;
  ++tokens_;
  telling_ = loop_->After(absl::ZeroDuration(), [this] {
    if (rotated_) rotated_();
  });
}

void Client::NoteTimeliness(const absl::Status& status, absl::Time sent, absl::Duration timeout,
                            absl::Duration& next) {
  if (status.ok()) {
    next = std::clamp(2 * (loop_->Now() - sent), kFirstTimeout, kLongestTimeout);
  } else if (absl::IsDeadlineExceeded(status) && timeout == next) {
    // Those that were under way together double it once.
    next = std::min(2 * next, kLongestTimeout);
  }
}

}  // namespace mesos_executor::consul
