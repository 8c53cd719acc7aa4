#include "sidecars/runtime/resolver.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Shared by the question and whoever asked it; emptied when either is done.
class Question final : public Pending {
 public:
  explicit Question(Resolver::Done done)
      : done_(std::make_shared<Resolver::Done>(std::move(done))) {}
  ~Question() override { *done_ = nullptr; }

  std::shared_ptr<Resolver::Done> done() const { return done_; }

 private:
  const std::shared_ptr<Resolver::Done> done_;
};

void Answer(const std::shared_ptr<Resolver::Done>& done,
            absl::StatusOr<std::vector<std::string>> result) {
  // Moved out, as the callback may destroy the question.
  if (auto call = std::exchange(*done, nullptr)) call(std::move(result));
}

absl::StatusOr<std::vector<std::string>> Addresses(const std::string& host, const error_code& error,
                                                   const tcp::resolver::results_type& results) {
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot resolve ", host, ": ", error.message()));
  }
  std::vector<std::string> found;
  for (const bool v4 : {true, false}) {
    for (const auto& entry : results) {
      const auto address = entry.endpoint().address();
      if (address.is_v4() == v4 && found.size() < Resolver::kMaxAddresses) {
        found.push_back(address.to_string());
      }
    }
  }
  if (found.empty()) return absl::UnavailableError(absl::StrCat(host, " has no address"));
  return found;
}

class AsioResolver final : public Resolver {
 public:
  explicit AsioResolver(AsioEventLoop* loop)
      : io_context_(loop->io_context()), resolver_(loop->io_context()) {}

  std::unique_ptr<Pending> Resolve(const std::string& host, Done done) override {
    auto question = std::make_unique<Question>(std::move(done));
    error_code not_an_address;
    const auto address = boost::asio::ip::make_address(host, not_an_address);
    if (host == "localhost" || !not_an_address) {
      boost::asio::post(io_context_, [done = question->done(),
                                      text = not_an_address ? "127.0.0.1" : address.to_string()] {
        Answer(done, std::vector<std::string>{text});
      });
    } else {
      resolver_.async_resolve(
          host, /*service=*/"",
          [done = question->done(), host](const error_code& error,
                                          const tcp::resolver::results_type& results) {
            Answer(done, Addresses(host, error, results));
          });
    }
    return question;
  }

 private:
  boost::asio::io_context& io_context_;
  tcp::resolver resolver_;
};

}  // namespace

std::unique_ptr<Resolver> NewResolver(AsioEventLoop* loop) {
  return std::make_unique<AsioResolver>(loop);
}

}  // namespace mesos_executor::sidecar
