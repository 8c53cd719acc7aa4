#include "sidecars/vaas_registrar/scripted_vaas.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::vaas {
namespace {

using fake_vaas::Question;
using fake_vaas::Reply;

std::string Header(const HttpRequest& request, absl::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
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

class ScriptedVaas::Http final : public HttpClient {
 public:
  explicit Http(ScriptedVaas* vaas) : vaas_(vaas) {}
  std::unique_ptr<Pending> Send(HttpRequest request, Done done) override {
    return vaas_->Send(std::move(request), std::move(done));
  }

 private:
  ScriptedVaas* const vaas_;
};

ScriptedVaas::ScriptedVaas(EventLoop* loop) : loop_(loop) {
  vaas.AddDc("dc1");
  vaas.AddDirector("web", true);
  vaas.AddDirector("admin", true);
  vaas.set_pending_looks(0);
}

std::unique_ptr<HttpClient> ScriptedVaas::NewHttpClient() { return std::make_unique<Http>(this); }

std::unique_ptr<Pending> ScriptedVaas::Send(HttpRequest request, HttpClient::Done done) {
  requests.push_back(absl::StrCat(request.method, " ", request.target));
  auto open_request = std::make_unique<OpenRequest>(&open);
  most_open = std::max(most_open, open);

  const Mood now = request.method == "GET" ? mood : mood_of_changes.value_or(mood);
  const Question question = {.method = request.method,
                             .target = request.target,
                             .authorization = Header(request, "Authorization"),
                             .prefer = Header(request, "Prefer"),
                             .content_type = Header(request, "Content-Type"),
                             .body = request.body};
  const bool acts = now == Mood::kWell || now == Mood::kSwallows || now == Mood::kFails;
  std::optional<Reply> reply;
  if (instead) reply = instead(question);
  if (!reply.has_value()) reply = acts ? vaas.Answer(question) : Reply{.status = 500};
  if (now == Mood::kFails) *reply = {.status = 500};
  if (now == Mood::kRefuses) *reply = {.status = 401};
  if (now == Mood::kSwallows || now == Mood::kSilent) reply->answered = false;

  absl::StatusOr<HttpResponse> answer = absl::UnavailableError("connection refused");
  absl::Duration takes = delay;
  if (!reply->answered || takes >= request.timeout) {
    answer = absl::DeadlineExceededError("no answer in time");
    takes = request.timeout;
  } else if (now != Mood::kAway) {
    answer = HttpResponse{
        .status = reply->status, .headers = {{"Location", reply->location}}, .body = reply->body};
  }
  open_request->timer = loop_->After(takes, [self = open_request.get(), answer = std::move(answer),
                                             done = std::move(done)]() mutable {
    self->Close();
    // As `done` may destroy the request, and this with it.
    auto call = std::move(done);
    call(std::move(answer));
  });
  return open_request;
}

int ScriptedVaas::Count(const std::string& start) const {
  return static_cast<int>(
      std::count_if(requests.begin(), requests.end(),
                    [&start](const auto& request) { return absl::StartsWith(request, start); }));
}

std::vector<std::string> ScriptedVaas::Backends() const {
  std::vector<std::string> backends;
  for (const auto& [id, backend] : vaas.backends()) {
    backends.push_back(absl::StrCat(backend.director_id == 2 ? "web" : "admin", ":",
                                    backend.address, ":", backend.port, " ", backend.weight));
  }
  return backends;
}

}  // namespace mesos_executor::vaas
