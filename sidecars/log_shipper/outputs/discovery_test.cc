#include "sidecars/log_shipper/outputs/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kTwo[] = R"([{"Service": {"Address": "b", "Port": 2}},
                            {"Service": {"Address": "a", "Port": 1}}])";
constexpr char kTwoTurned[] = R"([{"Service": {"Address": "a", "Port": 1}},
                                  {"Service": {"Address": "b", "Port": 2}}])";
constexpr char kOne[] = R"([{"Service": {"Address": "b", "Port": 2}}])";

class DiscoveryTest : public ::testing::Test {
 protected:
  class Question final : public Pending {};

  void Answer(const std::string& body) {
    HttpResponse response;
    response.status = 200;
    response.body = body;
    std::exchange(done_, nullptr)(response);
  }
  void Fail() { std::exchange(done_, nullptr)(absl::UnavailableError("refused")); }

  ManualEventLoop loop_;
  int asked_ = 0;
  std::string target_;
  HttpClient::Done done_;
  std::vector<std::vector<Receiver>> found_;
  Discovery discovery_{&loop_,
                       "logstash",
                       "/target",
                       absl::Seconds(1),
                       [this](const std::string& target, HttpClient::Done done) {
                         ++asked_;
                         target_ = target;
                         done_ = std::move(done);
                         return std::make_unique<Question>();
                       },
                       [this](std::vector<Receiver> found) { found_.push_back(std::move(found)); }};
};

TEST_F(DiscoveryTest, ConsulIsAskedAtOnceAndThenAtItsPace) {
  EXPECT_EQ(asked_, 0);
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(target_, "/target");
  loop_.Advance(absl::Seconds(10));
  EXPECT_EQ(asked_, 1) << "one question at a time";
  Answer(kTwo);
  loop_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(asked_, 1);
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(asked_, 2);
}

TEST_F(DiscoveryTest, OnlyChangesAreTold) {
  loop_.Advance(absl::ZeroDuration());
  Answer(kTwo);
  EXPECT_THAT(found_, ElementsAre(ElementsAre(Receiver{"a", 1}, Receiver{"b", 2})));
  loop_.Advance(absl::Seconds(1));
  Answer(kTwoTurned);
  EXPECT_EQ(found_.size(), 1u);
  loop_.Advance(absl::Seconds(1));
  Answer(kOne);
  ASSERT_EQ(found_.size(), 2u);
  EXPECT_THAT(found_[1], ElementsAre(Receiver{"b", 2}));
}

TEST_F(DiscoveryTest, AConsulThatIsAwayOrKnowsNobodyKeepsTheLastList) {
  loop_.Advance(absl::ZeroDuration());
  Fail();
  EXPECT_THAT(found_, IsEmpty());
  loop_.Advance(absl::Seconds(1));
  Answer(kTwo);
  loop_.Advance(absl::Seconds(1));
  Fail();
  loop_.Advance(absl::Seconds(1));
  Answer("[]");
  EXPECT_EQ(found_.size(), 1u);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(asked_, 5);
  Answer(kTwo);
  EXPECT_EQ(found_.size(), 1u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
