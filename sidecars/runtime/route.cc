#include "sidecars/runtime/route.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {

class Route::Question final : public Pending {
 public:
  Question(std::list<Question*>* all, Found found) : all_(all), found_(std::move(found)) {
    all_->push_back(this);
  }
  ~Question() override { all_->remove(this); }

  // May destroy it.
  void Answer(absl::StatusOr<Endpoint> endpoint) {
    all_->remove(this);
    auto found = std::move(found_);
    found(std::move(endpoint));
  }

 private:
  std::list<Question*>* const all_;
  Found found_;
};

Route::Route(UnixEndpoint socket) : socket_(std::move(socket.path)) {}

Route::Route(std::string host, uint16_t port, std::unique_ptr<Resolver> resolver)
    : host_(std::move(host)), port_(port), resolver_(std::move(resolver)) {}

Route::~Route() = default;

std::string Route::name() const {
  if (!socket_.empty()) return EndpointName(UnixEndpoint{socket_});
  const bool v6 = absl::StrContains(host_, ':');
  return absl::StrCat(v6 ? "[" : "", host_, v6 ? "]:" : ":", port_);
}

std::unique_ptr<Pending> Route::Find(Found found) {
  if (!socket_.empty() || !endpoints_.empty()) {
    found(socket_.empty() ? endpoints_.front() : Endpoint(UnixEndpoint{socket_}));
    return nullptr;
  }
  auto question = std::make_unique<Question>(&questions_, std::move(found));
  if (resolving_ == nullptr) {
    resolving_ = resolver_->Resolve(host_, [this](absl::StatusOr<std::vector<std::string>> result) {
      OnResolved(std::move(result));
    });
  }
  return question;
}

void Route::Failed(const Endpoint& endpoint) {
  if (!endpoints_.empty() && endpoints_.front() == endpoint) endpoints_.pop_front();
}

void Route::OnResolved(absl::StatusOr<std::vector<std::string>> addresses) {
  resolving_.reset();
  absl::StatusOr<Endpoint> first = absl::UnavailableError(absl::StrCat(host_, " has no address"));
  if (!addresses.ok()) {
    first = addresses.status();
  } else if (!addresses->empty()) {
    for (std::string& address : *addresses) {
      endpoints_.emplace_back(TcpEndpoint{std::move(address), port_});
    }
    first = endpoints_.front();
  }
  // What the callbacks ask for anew waits for its own answer.
  for (size_t left = questions_.size(); left > 0 && !questions_.empty(); --left) {
    questions_.front()->Answer(first);
  }
}

}  // namespace mesos_executor::sidecar
