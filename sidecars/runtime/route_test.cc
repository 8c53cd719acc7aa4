#include "sidecars/runtime/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::ElementsAre;

class ScriptedResolver final : public Resolver {
 public:
  ScriptedResolver(EventLoop* loop, const absl::StatusOr<std::vector<std::string>>* answer,
                   int* questions)
      : loop_(loop), answer_(answer), questions_(questions) {}
  std::unique_ptr<Pending> Resolve(const std::string& host, Done done) override {
    ++*questions_;
    return loop_->After(absl::Seconds(1),
                        [this, done = std::move(done)]() mutable { done(*answer_); });
  }

 private:
  EventLoop* const loop_;
  const absl::StatusOr<std::vector<std::string>>* const answer_;
  int* const questions_;
};

class RouteTest : public ::testing::Test {
 protected:
  void Ask() {
    pending_.push_back(route_.Find([this](absl::StatusOr<Endpoint> endpoint) {
      found_.push_back(endpoint.ok() ? EndpointName(*endpoint)
                                     : std::string(endpoint.status().message()));
    }));
  }
  std::vector<std::string> Found() {
    loop_.Advance(absl::Seconds(1));
    return std::exchange(found_, {});
  }

  ManualEventLoop loop_;
  absl::StatusOr<std::vector<std::string>> addresses_ = std::vector<std::string>{"10.0.0.1", "::2"};
  int questions_ = 0;
  Route route_{"consul.example", 85,
               std::make_unique<ScriptedResolver>(&loop_, &addresses_, &questions_)};
  std::vector<std::unique_ptr<Pending>> pending_;
  std::vector<std::string> found_;
};

TEST_F(RouteTest, ManyAskOnceAndThenEachAddressIsUsedUntilItFails) {
  Ask();
  Ask();
  EXPECT_THAT(Found(), ElementsAre("10.0.0.1:85", "10.0.0.1:85"));
  Ask();
  EXPECT_THAT(found_, ElementsAre("10.0.0.1:85")) << "an address that is known is said at once";
  found_.clear();
  // Two requests that fail together move on by one.
  route_.Failed(TcpEndpoint{"10.0.0.1", 85});
  route_.Failed(TcpEndpoint{"10.0.0.1", 85});
  Ask();
  EXPECT_THAT(Found(), ElementsAre("[::2]:85"));
  EXPECT_EQ(questions_, 1);
  route_.Failed(TcpEndpoint{"::2", 85});
  addresses_ = std::vector<std::string>{"10.0.0.3"};
  Ask();
  EXPECT_THAT(Found(), ElementsAre("10.0.0.3:85"));
  EXPECT_EQ(questions_, 2);
}

TEST_F(RouteTest, ANameThatCannotBeResolvedIsAskedForAgainByTheNext) {
  addresses_ = absl::UnavailableError("cannot resolve consul.example");
  Ask();
  Ask();
  EXPECT_THAT(Found(),
              ElementsAre("cannot resolve consul.example", "cannot resolve consul.example"));
  addresses_ = std::vector<std::string>{"10.0.0.1"};
  Ask();
  EXPECT_THAT(Found(), ElementsAre("10.0.0.1:85"));
}

TEST_F(RouteTest, ADestroyedQuestionIsNotAnswered) {
  Ask();
  Ask();
  pending_.erase(pending_.begin());
  EXPECT_THAT(Found(), ElementsAre("10.0.0.1:85"));
}

TEST_F(RouteTest, NamesAreForPeople) {
  EXPECT_EQ(route_.name(), "consul.example:85");
  EXPECT_EQ(Route("::1", 80, nullptr).name(), "[::1]:80");
}

TEST(UnixRouteTest, ASocketIsAlwaysTheSame) {
  Route route(UnixEndpoint{"/run/consul.sock"});
  EXPECT_EQ(route.name(), "unix:/run/consul.sock");
  route.Failed(UnixEndpoint{"/run/consul.sock"});
  std::optional<Endpoint> found;
  const auto pending =
      route.Find([&](absl::StatusOr<Endpoint> endpoint) { found = *std::move(endpoint); });
  EXPECT_EQ(found, Endpoint(UnixEndpoint{"/run/consul.sock"}));
}

}  // namespace
}  // namespace mesos_executor::sidecar
