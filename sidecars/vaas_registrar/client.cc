#include "sidecars/vaas_registrar/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::vaas {
namespace {

// A page of a thousand rows has about 700 kB.
constexpr size_t kMaxAnswer = 4 << 20;

}  // namespace

// Page after page, until the row is found.
template <typename Row>
class Client::Search final : public Pending {
 public:
  using Ask = absl::AnyInvocable<Request(size_t offset)>;
  using Read = absl::AnyInvocable<absl::StatusOr<Page<Row>>(const Answer& answer, size_t offset)>;

  Search(Client* client, Ask ask, Read read, Done<std::optional<Row>> done)
      : client_(client), ask_(std::move(ask)), read_(std::move(read)), done_(std::move(done)) {
    Next();
  }

 private:
  void Next() {
    request_ = client_->Send(ask_(offset_), [this](Answer answer) { OnAnswer(answer); });
  }

  void OnAnswer(const Answer& answer) {
    auto page = read_(answer, offset_);
    if (!page.ok()) return Finish(page.status());
    if (!page->next_offset.has_value()) return Finish(std::move(page->found));
    if (++pages_ == kMaxPages) {
      return Finish(absl::UnavailableError(absl::StrCat("VaaS has a list of more than ", kMaxPages,
                                                        " pages, and the row is not on them")));
    }
    offset_ = *page->next_offset;
    Next();
  }

  // May destroy this.
  void Finish(absl::StatusOr<std::optional<Row>> result) {
    auto done = std::move(done_);
    done(std::move(result));
  }

  Client* const client_;
  Ask ask_;
  Read read_;
  Done<std::optional<Row>> done_;
  size_t offset_ = 0;
  int pages_ = 0;
  std::unique_ptr<Pending> request_;
};

// Page after page, to the end.
class Client::Listing final : public Pending {
 public:
  Listing(Client* client, absl::string_view address, Done<std::vector<HeldBackend>> done)
      : client_(client), address_(address), done_(std::move(done)) {
    Next();
  }

 private:
  void Next() {
    request_ = client_->Send(ListBackendsRequest(address_, offset_),
                             [this](Answer answer) { OnAnswer(answer); });
  }

  void OnAnswer(const Answer& answer) {
    auto page = ReadBackendRows(answer, address_, offset_);
    if (page.ok() && page->next_offset.has_value() && ++pages_ == kMaxPages) {
      page = absl::UnavailableError(
          absl::StrCat("VaaS lists more than ", kMaxPages, " pages of backends"));
    }
    auto done = std::move(done_);
    if (!page.ok()) return done(page.status());  // May destroy this.
    found_.insert(found_.end(), page->backends.begin(), page->backends.end());
    if (!page->next_offset.has_value()) return done(std::move(found_));
    done_ = std::move(done);
    offset_ = *page->next_offset;
    Next();
  }

  Client* const client_;
  const std::string address_;
  Done<std::vector<HeldBackend>> done_;
  std::vector<HeldBackend> found_;
  size_t offset_ = 0;
  int pages_ = 0;
  std::unique_ptr<Pending> request_;
};

// One request: first its way, then its answer.
class Client::Call final : public Pending {
 public:
  Call(Client* client, HttpRequest request, HttpClient::Done done)
      : client_(client), request_(std::move(request)), done_(std::move(done)) {
    finding_ = client_->server_.route->Find(
        [this](absl::StatusOr<Endpoint> endpoint) { OnFound(std::move(endpoint)); });
  }

 private:
  void OnFound(absl::StatusOr<Endpoint> endpoint) {
    if (!endpoint.ok()) return Finish(endpoint.status());
    request_.endpoint = *endpoint;
    const absl::Duration timeout = request_.timeout = client_->timeout_;
    sending_ = client_->http_->Send(
        std::move(request_), [this, endpoint = *endpoint, timeout,
                              sent = client_->loop_->Now()](absl::StatusOr<HttpResponse> answer) {
          client_->NoteTimeliness(answer.status(), sent, timeout);
          if (!answer.ok()) client_->server_.route->Failed(endpoint);
          Finish(std::move(answer));
        });
  }

  // May destroy this.
  void Finish(absl::StatusOr<HttpResponse> answer) {
    auto done = std::move(done_);
    done(std::move(answer));
  }

  Client* const client_;
  HttpRequest request_;
  HttpClient::Done done_;
  std::unique_ptr<Pending> finding_;
  std::unique_ptr<Pending> sending_;
};

std::unique_ptr<Pending> Client::FindDc(absl::string_view symbol,
                                        Done<std::optional<int64_t>> done) {
  return std::make_unique<Search<int64_t>>(
      this, [name = std::string(symbol)](size_t offset) { return FindDcRequest(name, offset); },
      [name = std::string(symbol)](const Answer& answer, size_t offset) {
        return ReadDcPage(answer, name, offset);
      },
      std::move(done));
}

std::unique_ptr<Pending> Client::FindDirector(absl::string_view name,
                                              Done<std::optional<int64_t>> done) {
  return std::make_unique<Search<int64_t>>(
      this, [name = std::string(name)](size_t offset) { return FindDirectorRequest(name, offset); },
      [name = std::string(name)](const Answer& answer, size_t offset) {
        return ReadDirectorPage(answer, name, offset);
      },
      std::move(done));
}

std::unique_ptr<Pending> Client::FindBackend(const BackendKey& key,
                                             Done<std::optional<HeldBackend>> done) {
  return std::make_unique<Search<HeldBackend>>(
      this, [key](size_t offset) { return FindBackendRequest(key, offset); },
      [key](const Answer& answer, size_t offset) { return ReadBackendPage(answer, key, offset); },
      std::move(done));
}

std::unique_ptr<Pending> Client::Add(const BackendDefinition& backend, int64_t director_id,
                                     int64_t dc_id, Done<Added> done) {
  return Send(
      AddRequest(backend, director_id, dc_id, server_.timeouts),
      [key = BackendKey{director_id, backend.address, backend.port},
       done = std::move(done)](const Answer& answer) mutable { done(ReadAddAnswer(answer, key)); });
}

std::unique_ptr<Pending> Client::Delete(int64_t backend_id, Done<std::string> done) {
  return Send(DeleteRequest(backend_id), [done = std::move(done)](const Answer& answer) mutable {
    done(ReadDeleteAnswer(answer));
  });
}

std::unique_ptr<Pending> Client::ListBackends(absl::string_view address,
                                              Done<std::vector<HeldBackend>> done) {
  return std::make_unique<Listing>(this, address, std::move(done));
}

std::unique_ptr<Pending> Client::SetWeight(int64_t backend_id, int weight, Done<std::string> done) {
  return Send(SetWeightRequest(backend_id, weight),
              [done = std::move(done)](const Answer& answer) mutable {
                done(ReadSetWeightAnswer(answer));
              });
}

std::unique_ptr<Pending> Client::LookAtTask(absl::string_view task_id, Done<TaskProgress> done) {
  return Send(TaskRequest(task_id), [done = std::move(done)](const Answer& answer) mutable {
    done(ReadTaskAnswer(answer));
  });
}

std::unique_ptr<Pending> Client::Send(Request request, HttpClient::Done done) {
  return std::make_unique<Call>(this, ToHttp(std::move(request)), std::move(done));
}

void Client::NoteTimeliness(const absl::Status& status, absl::Time sent, absl::Duration timeout) {
  if (status.ok()) {
    timeout_ = std::clamp(2 * (loop_->Now() - sent), kFirstTimeout, kLongestTimeout);
  } else if (absl::IsDeadlineExceeded(status) && timeout == timeout_) {
    // Of those that were under way together, the first.
    timeout_ = std::min(2 * timeout_, kLongestTimeout);
  }
}

HttpRequest Client::ToHttp(Request request) const {
  HttpRequest http;
  http.host = server_.route->name();
  http.tls = server_.tls;
  http.method = std::move(request.method);
  http.target = std::move(request.target);
  http.headers.emplace_back("Authorization",
                            absl::StrCat("ApiKey ", server_.username, ":", server_.key));
  http.headers.emplace_back("Accept", "application/json");
  if (request.async) http.headers.emplace_back("Prefer", "respond-async");
  // Without it VaaS answers 415.
  if (!request.body.empty()) http.headers.emplace_back("Content-Type", "application/json");
  http.body = std::move(request.body);
  http.max_body = kMaxAnswer;
  return http;
}

}  // namespace mesos_executor::vaas
