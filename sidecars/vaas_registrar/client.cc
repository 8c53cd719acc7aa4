#include "sidecars/vaas_registrar/client.h"

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
      AddRequest(backend, director_id, dc_id),
      [key = BackendKey{director_id, backend.address, backend.port},
       done = std::move(done)](const Answer& answer) mutable { done(ReadAddAnswer(answer, key)); });
}

std::unique_ptr<Pending> Client::Delete(int64_t backend_id, Done<std::string> done) {
  return Send(DeleteRequest(backend_id), [done = std::move(done)](const Answer& answer) mutable {
    done(ReadDeleteAnswer(answer));
  });
}

std::unique_ptr<Pending> Client::LookAtTask(absl::string_view task_id, Done<TaskProgress> done) {
  return Send(TaskRequest(task_id), [done = std::move(done)](const Answer& answer) mutable {
    done(ReadTaskAnswer(answer));
  });
}

std::unique_ptr<Pending> Client::Send(Request request, HttpClient::Done done) {
  HttpRequest http;
  http.endpoint = server_.endpoint;
  http.host = server_.host;
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
  http.timeout = server_.timeout;
  http.max_body = kMaxAnswer;
  return http_->Send(std::move(http), std::move(done));
}

}  // namespace mesos_executor::vaas
