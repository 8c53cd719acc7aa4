#include "integration/fake_vaas/fake_vaas.h"

#include <algorithm>
#include <deque>
#include <future>
#include <list>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/fake_vaas/http_stand_in.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_vaas {
namespace {

constexpr size_t kMaxRequests = 10'000;

}  // namespace

class FakeVaas::Server {
 public:
  // Runs `function` on the loop's thread and waits for it.
  template <typename F>
  auto Call(F function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    loop_.Post([&task] { task(); });
    return done.get();
  }

  explicit Server(const Settings& settings)
      : vaas_(settings.username, settings.key), delay_(settings.delay) {
    for (const std::string& symbol : settings.dcs) vaas_.AddDc(symbol);
    for (const std::string& name : settings.directors) vaas_.AddDirector(name, true);
    for (const std::string& name : settings.clusterless_directors) vaas_.AddDirector(name, false);
    vaas_.set_reload(settings.reload);
    vaas_.set_newest(settings.newest);
  }

  ~Server() {
    if (!thread_.joinable()) return;
    Call([this] {
      http_.reset();
      late_.clear();
    });
    loop_.Stop();
    thread_.join();
  }

  absl::Status Start(uint16_t port) {
    auto http = HttpStandIn::Listen(&loop_, port, [this](const Question& question, Answer answer) {
      OnQuestion(question, std::move(answer));
    });
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    thread_ = std::thread([this] { loop_.Run(); });
    return absl::OkStatus();
  }

  // For the loop's thread.
  Vaas& vaas() { return vaas_; }
  HttpStandIn& http() { return *http_; }
  const std::deque<std::string>& requests() const { return requests_; }
  void Add(const Fault& fault) { faults_.push_back(fault); }

 private:
  using Answer = HttpStandIn::Answer;

  void OnQuestion(const Question& question, Answer answer) {
    const std::string request = absl::StrCat(question.method, " ", question.target);
    requests_.push_back(request);
    if (requests_.size() > kMaxRequests) requests_.pop_front();

    const Fault fault = TakeFault(request);
    Reply reply;
    if (fault.carried_out) reply = vaas_.Answer(question);
    if (fault.reply.has_value()) reply = *fault.reply;
    if (!reply.answered) return;
    const absl::Duration delay = delay_ + fault.delay;
    if (delay <= absl::ZeroDuration()) return answer(reply);
    late_.emplace_back();
    late_.back() = loop_.After(
        delay, [this, place = std::prev(late_.end()), reply, answer = std::move(answer)]() mutable {
          answer(reply);
          late_.erase(place);
        });
  }

  // One that changes nothing, where there is none for the request.
  Fault TakeFault(const std::string& request) {
    const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) {
      return absl::StartsWith(request, fault.request);
    });
    if (found == faults_.end()) return {};
    const Fault fault = *found;
    if (--found->times <= 0) faults_.erase(found);
    return fault;
  }

  AsioEventLoop loop_;
  Vaas vaas_;
  const absl::Duration delay_;
  std::unique_ptr<HttpStandIn> http_;
  std::list<std::unique_ptr<Pending>> late_;
  std::list<Fault> faults_;
  std::deque<std::string> requests_;
  std::thread thread_;
};

FakeVaas::FakeVaas(std::unique_ptr<Server> server) : server_(std::move(server)) {}
FakeVaas::~FakeVaas() = default;

absl::StatusOr<std::unique_ptr<FakeVaas>> FakeVaas::Start(const Settings& settings) {
  auto server = std::make_unique<Server>(settings);
  if (auto status = server->Start(settings.port); !status.ok()) return status;
  return std::unique_ptr<FakeVaas>(new FakeVaas(std::move(server)));
}

uint16_t FakeVaas::port() const {
  return server_->Call([this] { return server_->http().port(); });
}

std::map<int64_t, Backend> FakeVaas::Backends() const {
  return server_->Call([this] { return server_->vaas().backends(); });
}

void FakeVaas::Remove(int64_t backend_id) {
  server_->Call([this, backend_id] { server_->vaas().RemoveBackend(backend_id); });
}

std::vector<std::string> FakeVaas::Requests() const {
  return server_->Call([this] {
    return std::vector<std::string>(server_->requests().begin(), server_->requests().end());
  });
}

void FakeVaas::SetReload(Reload reload) {
  server_->Call([this, reload] { server_->vaas().set_reload(reload); });
}

void FakeVaas::SetPendingLooks(int looks) {
  server_->Call([this, looks] { server_->vaas().set_pending_looks(looks); });
}

void FakeVaas::Add(const Fault& fault) {
  server_->Call([this, &fault] { server_->Add(fault); });
}

void FakeVaas::Stop() {
  server_->Call([this] { server_->http().Stop(); });
}

void FakeVaas::StartAgain() {
  server_->Call([this] { server_->http().StartAgain(); });
}

}  // namespace mesos_executor::fake_vaas
