#include "supervisor/health/http_prober.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/task_request.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/health/redirect.h"

namespace mesos_executor::health {
namespace {

constexpr int kMostRedirects = 5;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// TLS that believes every server, as `curl -k`. Made at the first need: a task that isn't checked
// over TLS doesn't pay for it.
class AnyServerTls {
 public:
  absl::StatusOr<std::shared_ptr<const TlsCredentials>> Get() {
    if (!credentials_) {
      auto created = TlsCredentials::Create({.verify_peer = false});
      if (!created.ok()) return created.status();
      credentials_ = *std::move(created);
    }
    return credentials_;
  }

 private:
  std::shared_ptr<const TlsCredentials> credentials_;
};

// One probe with its redirects.
class HttpProbe final : public Pending {
 public:
  HttpProbe(EventLoop* loop, HttpClient* client, AnyServerTls* tls, HttpCheck check,
            Prober::Done done)
      : loop_(loop), client_(client), tls_(tls), check_(std::move(check)), done_(std::move(done)) {
    Send();
  }

 private:
  void Send() {
    std::shared_ptr<const TlsCredentials> tls;
    if (check_.tls) {
      auto credentials = tls_->Get();
      if (!credentials.ok()) {
        pending_ = loop_->After(absl::ZeroDuration(),
                                [this, why = credentials.status()] { Finish({why}); });
        return;
      }
      tls = *std::move(credentials);
    }
    HttpRequest request = NewTaskRequest(check_.endpoint, check_.target);
    request.tls = std::move(tls);
    pending_ = client_->Send(std::move(request), [this](absl::StatusOr<HttpResponse> response) {
      Answered(std::move(response));
    });
  }

  void Answered(absl::StatusOr<HttpResponse> response) {
    if (!response.ok()) return Finish({response.status()});
    const int code = response->status;
    if (absl::Status judged = JudgeAnswer(*response); !judged.ok()) {
      return Finish({std::move(judged), code});
    }
    const std::string location = IsRedirect(code) ? response->Header("Location") : "";
    std::optional<HttpCheck> next;
    if (!location.empty()) next = ResolveRedirect(check_, location);
    if (!next) return Finish({absl::OkStatus(), code});
    if (++redirects_ > kMostRedirects) {
      return Finish(
          {absl::FailedPreconditionError(absl::StrCat("more than ", kMostRedirects, " redirects")),
           code});
    }
    check_ = *std::move(next);
    Send();
  }

  void Finish(ProbeResult result) {
    auto done = std::move(done_);  // It may destroy this.
    done(std::move(result));
  }

  EventLoop* const loop_;
  HttpClient* const client_;
  AnyServerTls* const tls_;
  HttpCheck check_;
  Prober::Done done_;
  int redirects_ = 0;
  std::unique_ptr<Pending> pending_;
};

class HttpProber final : public Prober {
 public:
  HttpProber(EventLoop* loop, HttpClient* client, HttpCheck check)
      : loop_(loop), client_(client), check_(std::move(check)) {}

  std::unique_ptr<Pending> Probe(Done done) override {
    return std::make_unique<HttpProbe>(loop_, client_, &tls_, check_, std::move(done));
  }

 private:
  EventLoop* const loop_;
  HttpClient* const client_;
  const HttpCheck check_;
  AnyServerTls tls_;
};

}  // namespace

std::unique_ptr<Prober> NewHttpProber(EventLoop* loop, HttpClient* client, HttpCheck check) {
  return std::make_unique<HttpProber>(loop, client, std::move(check));
}

}  // namespace mesos_executor::health
