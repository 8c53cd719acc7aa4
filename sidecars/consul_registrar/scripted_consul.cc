#include "sidecars/consul_registrar/scripted_consul.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

constexpr char kDeregister[] = "/v1/agent/service/deregister/";

// Counts as open until it is answered or destroyed.
class OpenRequest final : public Pending {
 public:
  explicit OpenRequest(int* open) : open_(open) { ++*open_; }
  ~OpenRequest() override { Close(); }

  void Close() {
    if (open_ != nullptr) --*std::exchange(open_, nullptr);
  }
  std::unique_ptr<Pending> timer;

 private:
  int* open_;
};

}  // namespace

class ScriptedConsul::Http final : public HttpClient {
 public:
  explicit Http(ScriptedConsul* consul) : consul_(consul) {}
  std::unique_ptr<Pending> Send(HttpRequest request, Done done) override {
    return consul_->Send(std::move(request), std::move(done));
  }

 private:
  ScriptedConsul* const consul_;
};

class ScriptedConsul::Names final : public sidecar::Resolver {
 public:
  explicit Names(ScriptedConsul* consul) : consul_(consul) {}
  std::unique_ptr<Pending> Resolve(const std::string& host, Done done) override {
    return consul_->Resolve(host, std::move(done));
  }

 private:
  ScriptedConsul* const consul_;
};

std::unique_ptr<HttpClient> ScriptedConsul::NewHttpClient() { return std::make_unique<Http>(this); }
std::unique_ptr<sidecar::Resolver> ScriptedConsul::NewResolver() {
  return std::make_unique<Names>(this);
}

std::unique_ptr<Pending> ScriptedConsul::Send(HttpRequest request, HttpClient::Done done) {
  requests.push_back(absl::StrCat(request.method, " ", request.target));
  last = request;
  auto open_request = std::make_unique<OpenRequest>(&open);
  most_open = std::max(most_open, open);
  const bool slow = mood == Mood::kSlow;
  const bool silent = mood == Mood::kSilent;
  const absl::Duration delay = slow ? kSlowness : silent ? request.timeout : absl::ZeroDuration();
  std::optional<absl::StatusOr<HttpResponse>> answer;
  if (slow) answer = Answer(request);
  if (silent) answer = absl::DeadlineExceededError("no answer in time");
  open_request->timer =
      loop_->After(delay, [this, self = open_request.get(), answer = std::move(answer),
                           request = std::move(request), done = std::move(done)]() mutable {
        self->Close();
        done(answer.has_value() ? *std::move(answer) : Answer(request));
      });
  return open_request;
}

std::unique_ptr<Pending> ScriptedConsul::Resolve(const std::string& host,
                                                 sidecar::Resolver::Done done) {
  ++questions;
  return loop_->After(absl::ZeroDuration(), [this, host, done = std::move(done)]() mutable {
    if (resolvable) {
      done(addresses);
    } else {
      done(absl::UnavailableError(absl::StrCat("cannot resolve ", host)));
    }
  });
}

int ScriptedConsul::Count(const std::string& start) const {
  return static_cast<int>(
      std::count_if(requests.begin(), requests.end(),
                    [&start](const auto& request) { return absl::StartsWith(request, start); }));
}

absl::StatusOr<HttpResponse> ScriptedConsul::Answer(const HttpRequest& request) {
  const auto respond = [](int status, std::string body) {
    return HttpResponse{.status = status, .headers = {}, .body = std::move(body)};
  };
  const bool registers = absl::EndsWith(request.target, "/register");
  if (mood == Mood::kAway) return absl::UnavailableError("connection refused");
  if (mood == Mood::kRefuses) return respond(403, "Permission denied");
  if (mood == Mood::kFails) return respond(500, "No cluster leader");
  if (mood == Mood::kInvalid && registers) return respond(400, "Missing service name");
  if (registers) {
    const auto body = nlohmann::json::parse(request.body);
    services[body["ID"]] = body;
  } else if (absl::StartsWith(request.target, kDeregister)) {
    services.erase(request.target.substr(sizeof(kDeregister) - 1));
  } else {
    auto listing = nlohmann::json::object();
    for (const auto& [id, service] : services) {
      listing[id] = {{"ID", id},
                     {"Service", service["Name"]},
                     {"Tags", service["Tags"]},
                     {"Meta", service.value("Meta", nlohmann::json::object())},
                     {"Port", service["Port"]},
                     {"Address", service["Address"]}};
    }
    return respond(200, listing.dump());
  }
  return respond(200, "");
}

}  // namespace mesos_executor::consul
