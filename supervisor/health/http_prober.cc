#include "supervisor/health/http_prober.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/health/redirect.h"

namespace mesos_executor::health {
namespace {

constexpr int kMostRedirects = 5;

// Enough for the pages that services answer checks with, so that they see no connection that
// breaks.
constexpr size_t kMostBody = 64 << 10;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// One probe with its redirects.
class HttpProbe final : public Pending {
 public:
  HttpProbe(HttpClient* client, HttpCheck check, Prober::Done done)
      : client_(client), check_(std::move(check)), done_(std::move(done)) {
    Send();
  }

 private:
  void Send() {
    HttpRequest request{.endpoint = check_.endpoint,
                        .target = check_.target,
                        .headers = {{"User-Agent", "mesos-executor"}, {"Accept", "*/*"}},
                        .timeout = absl::InfiniteDuration(),
                        .max_body = kMostBody,
                        .cut_long_body = true};
    pending_ = client_->Send(std::move(request), [this](absl::StatusOr<HttpResponse> response) {
      Answered(std::move(response));
    });
  }

  void Answered(absl::StatusOr<HttpResponse> response) {
    if (!response.ok()) return Finish(response.status());
    if (response->status < 200 || response->status >= 400) {
      return Finish(absl::FailedPreconditionError(absl::StrCat("status ", response->status)));
    }
    const std::string location = IsRedirect(response->status) ? response->Header("Location") : "";
    std::optional<HttpCheck> next;
    if (!location.empty()) next = ResolveRedirect(check_, location);
    if (!next) return Finish(absl::OkStatus());
    if (++redirects_ > kMostRedirects) {
      return Finish(
          absl::FailedPreconditionError(absl::StrCat("more than ", kMostRedirects, " redirects")));
    }
    check_ = *std::move(next);
    Send();
  }

  void Finish(const absl::Status& status) {
    auto done = std::move(done_);  // It may destroy this.
    done(status);
  }

  HttpClient* const client_;
  HttpCheck check_;
  Prober::Done done_;
  int redirects_ = 0;
  std::unique_ptr<Pending> pending_;
};

class HttpProber final : public Prober {
 public:
  HttpProber(HttpClient* client, HttpCheck check) : client_(client), check_(std::move(check)) {}

  std::unique_ptr<Pending> Probe(Done done) override {
    return std::make_unique<HttpProbe>(client_, check_, std::move(done));
  }

 private:
  HttpClient* const client_;
  const HttpCheck check_;
};

}  // namespace

std::unique_ptr<Prober> NewHttpProber(HttpClient* client, HttpCheck check) {
  return std::make_unique<HttpProber>(client, std::move(check));
}

}  // namespace mesos_executor::health
