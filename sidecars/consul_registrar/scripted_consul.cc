#include "sidecars/consul_registrar/scripted_consul.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::consul {
namespace {

constexpr char kDeregister[] = "/v1/agent/service/deregister/";
constexpr char kUpdateCheck[] = "/v1/agent/check/update/service:";

HttpResponse Respond(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

bool HasToken(const HttpRequest& request, const std::string& token) {
  return token.empty() || std::find(request.headers.begin(), request.headers.end(),
                                    std::pair<std::string, std::string>("X-Consul-Token", token)) !=
                              request.headers.end();
}

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
  const absl::Duration delay = slow     ? std::min(slowness, request.timeout)
                               : silent ? request.timeout
                                        : absl::ZeroDuration();
  std::optional<absl::StatusOr<HttpResponse>> answer;
  if (slow) answer = Answer(request);
  if (silent || (slow && slowness > request.timeout))
    answer = absl::DeadlineExceededError("no answer in time");
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
  const absl::string_view target = request.target;
  const bool registers = absl::EndsWith(target, "/register");
  const bool deregisters = absl::StartsWith(target, kDeregister);
  const bool updates = absl::StartsWith(target, kUpdateCheck);
  if (mood == Mood::kAway) return absl::UnavailableError("connection refused");
  if (mood == Mood::kRefuses) return Respond(403, "Permission denied");
  if (mood == Mood::kFails) return Respond(500, "No cluster leader");
  if (mood == Mood::kInvalid && (registers || updates)) return Respond(400, "Missing service name");
  if (!HasToken(request, token)) return Respond(403, "ACL not found");
  if (registers) return Register(request);
  if (deregisters) {
    const std::string id = request.target.substr(sizeof(kDeregister) - 1);
    if (locked.contains(id)) return Respond(403, "Permission denied");
    services.erase(id);
    return Respond(200, "");
  }
  if (updates) {
    return UpdateCheck(request.target.substr(sizeof(kUpdateCheck) - 1), request);
  }
  return Respond(200, target == "/v1/agent/checks" ? ListChecks() : ListServices());
}

HttpResponse ScriptedConsul::Register(const HttpRequest& request) {
  auto body = nlohmann::json::parse(request.body);
  if (locked.contains(body["ID"])) return Respond(403, "Permission denied");
  const auto held = services.find(body["ID"]);
  if (held != services.end() && held->second.contains("Check") && body.contains("Check")) {
    body["Check"]["Status"] = held->second["Check"]["Status"];
  }
  services[body["ID"]] = body;
  return Respond(200, "");
}

HttpResponse ScriptedConsul::UpdateCheck(const std::string& id, const HttpRequest& request) {
  const auto found = services.find(id);
  if (found == services.end() || !found->second["Check"].contains("TTL")) {
    return Respond(500, absl::StrCat("CheckID \"service:", id, "\" does not have associated TTL"));
  }
  found->second["Check"]["Status"] = nlohmann::json::parse(request.body)["Status"];
  return Respond(200, "");
}

std::string ScriptedConsul::ListServices() const {
  auto listing = nlohmann::json::object();
  for (const auto& [id, service] : services) {
    listing[id] = {{"ID", id},
                   {"Service", service["Name"]},
                   {"Tags", service["Tags"]},
                   {"Meta", service.value("Meta", nlohmann::json::object())},
                   {"Port", service["Port"]},
                   {"Address", service["Address"]}};
  }
  return listing.dump();
}

std::string ScriptedConsul::ListChecks() const {
  auto listing = nlohmann::json::object();
  for (const auto& [id, service] : services) {
    if (!service.contains("Check")) continue;
    const auto& check = service["Check"];
    const char* type = check.contains("HTTP") ? "http" : check.contains("TCP") ? "tcp" : "ttl";
    listing["service:" + id] = {
        {"ServiceID", id}, {"Type", type}, {"Status", check.value("Status", "critical")}};
  }
  return listing.dump();
}

}  // namespace mesos_executor::consul
