#include "supervisor/health/health_checker.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/base/scripted_server.h"
#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/health/fake_prober.h"
#include "supervisor/health/new_prober.h"

namespace mesos_executor::health {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HealthCheckerTest : public ::testing::Test, public HealthChecker::Observer {
 protected:
  void OnResult(bool success, absl::Duration took, const std::string& why) override {
    calls_.push_back(
        absl::StrCat(success ? "success" : "failure", " after ", absl::FormatDuration(took)));
    EXPECT_EQ(success, why.empty());
  }
  void OnHealthy() override {
    calls_.push_back("healthy");
    if (destroy_) checker_.reset();
  }
  void OnUnhealthy(const std::string& why, bool kill) override {
    calls_.push_back(absl::StrCat(kill ? "kill: " : "unhealthy: ", why));
    if (destroy_) checker_.reset();
  }

  void Start() {
    auto prober = std::make_unique<FakeProber>();
    prober_ = prober.get();
    checker_ = std::make_unique<HealthChecker>(
        &loop_, std::move(prober), definition_, [this] { return snoozed_; }, this);
    checker_->Start();
  }

  std::vector<std::string> TakeCalls() { return std::exchange(calls_, {}); }

  ManualEventLoop loop_;
  HealthDefinition definition_{.check = {.probe = TcpCheck{{"127.0.0.1", 80}},
                                         .delay = absl::Seconds(15),
                                         .interval = absl::Seconds(10),
                                         .timeout = absl::Seconds(20)},
                               .grace_period = absl::ZeroDuration(),
                               .consecutive_failures = 2};
  bool snoozed_ = false;
  FakeProber* prober_ = nullptr;
  std::unique_ptr<HealthChecker> checker_;
  bool destroy_ = false;
  std::vector<std::string> calls_;
};

TEST_F(HealthCheckerTest, ProbesAfterTheDelayAndThenAnIntervalAfterTheEndOfTheLast) {
  Start();
  loop_.Advance(absl::Seconds(14));
  EXPECT_EQ(prober_->started(), 0);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(prober_->started(), 1);
  loop_.Advance(absl::Seconds(12));
  prober_->End({absl::OkStatus()});
  EXPECT_THAT(TakeCalls(), ElementsAre("success after 12s", "healthy"));
  loop_.Advance(absl::Seconds(9));
  EXPECT_EQ(prober_->started(), 1);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(prober_->started(), 2);
  prober_->End({absl::OkStatus()});
  EXPECT_THAT(TakeCalls(), ElementsAre("success after 0"));
}

TEST_F(HealthCheckerTest, FailuresAreToldWithTheirReasonAndTheLastOneKillsAndEndsTheCheck) {
  Start();
  loop_.Advance(absl::Seconds(15));
  prober_->End({absl::UnavailableError("Connection refused")});
  EXPECT_THAT(TakeCalls(),
              ElementsAre("failure after 0",
                          "unhealthy: TCP check of 127.0.0.1:80 failed: Connection refused"));
  loop_.Advance(absl::Seconds(10));
  prober_->End({absl::UnavailableError("Connection refused")});
  EXPECT_THAT(
      TakeCalls(),
      ElementsAre("failure after 0",
                  "kill: TCP check of 127.0.0.1:80 failed: Connection refused (2 times in a row)"));
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(HealthCheckerTest, AProbeThatTakesTooLongIsEndedAndHasFailed) {
  Start();
  loop_.Advance(absl::Seconds(15 + 19));
  EXPECT_THAT(TakeCalls(), IsEmpty());
  EXPECT_TRUE(prober_->running());
  loop_.Advance(absl::Seconds(1));
  EXPECT_FALSE(prober_->running());
  EXPECT_THAT(TakeCalls(),
              ElementsAre("failure after 20s",
                          "unhealthy: TCP check of 127.0.0.1:80 failed: no result within 20s"));
  loop_.Advance(absl::Seconds(10));
  EXPECT_EQ(prober_->started(), 2);
}

TEST_F(HealthCheckerTest, AnInfiniteTimeoutNeverEndsAProbe) {
  definition_.check.timeout = absl::InfiniteDuration();
  Start();
  loop_.Advance(absl::Hours(10'000));
  EXPECT_TRUE(prober_->running());
}

TEST_F(HealthCheckerTest, FailuresOfTheGracePeriodAreResultsAndNothingElse) {
  definition_.check.delay = absl::ZeroDuration();
  definition_.grace_period = absl::Seconds(5);
  Start();
  loop_.Advance(absl::ZeroDuration());
  prober_->End({absl::UnavailableError("Connection refused")});
  EXPECT_THAT(TakeCalls(), ElementsAre("failure after 0"));
}

TEST_F(HealthCheckerTest, WhatComesWhileItIsSnoozedMeansNothing) {
  definition_.consecutive_failures = 1;
  snoozed_ = true;
  Start();
  loop_.Advance(absl::Seconds(15));
  prober_->End({absl::OkStatus()});
  EXPECT_THAT(TakeCalls(), ElementsAre("success after 0"));
  loop_.Advance(absl::Seconds(10));
  prober_->End({absl::UnavailableError("Connection refused")});
  EXPECT_THAT(TakeCalls(), ElementsAre("failure after 0"));
  snoozed_ = false;
  loop_.Advance(absl::Seconds(10));
  prober_->End({absl::OkStatus()});
  EXPECT_THAT(TakeCalls(), ElementsAre("success after 0", "healthy"));
}

TEST_F(HealthCheckerTest, DestroyingItEndsTheProbe) {
  Start();
  loop_.Advance(absl::Seconds(15));
  EXPECT_TRUE(prober_->running());
  checker_.reset();
  EXPECT_EQ(loop_.timers(), 0u);
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(HealthCheckerTest, TheObserverMayDestroyIt) {
  destroy_ = true;
  Start();
  loop_.Advance(absl::Seconds(15));
  prober_->End({absl::OkStatus()});
  EXPECT_EQ(checker_, nullptr);
  Start();
  loop_.Advance(absl::Seconds(15));
  prober_->End({absl::UnavailableError("Connection refused")});
  EXPECT_EQ(checker_, nullptr);
  Start();
  loop_.Advance(absl::Seconds(15 + 20));  // The timeout.
  EXPECT_EQ(checker_, nullptr);
  EXPECT_EQ(loop_.timers(), 0u);
}

// The parts together, with real sockets and time.
TEST(HealthCheckerWithServerTest, AServiceThatFallsIllIsReportedHealthyThenUnhealthyThenKilled) {
  AsioEventLoop loop;
  struct Observer final : HealthChecker::Observer {
    void OnResult(bool, absl::Duration, const std::string&) override { ++results; }
    void OnHealthy() override { healthy_at = results; }
    void OnUnhealthy(const std::string& why, bool kill) override {
      last = why;
      if (kill) loop->Stop();
    }
    AsioEventLoop* loop = nullptr;
    int results = 0;
    int healthy_at = 0;
    std::string last;
  } observer;
  observer.loop = &loop;
  int requests = 0;
  ScriptedServer server(&loop, "127.0.0.1", [&](const std::string&) {
    return ++requests <= 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                           : "HTTP/1.1 503 Ill\r\nContent-Length: 0\r\n\r\n";
  });
  const auto client = NewHttpClient(&loop);
  const HealthDefinition definition{
      .check = {.probe = HttpCheck{std::get<TcpEndpoint>(server.endpoint()), "/health"},
                .delay = absl::Milliseconds(1),
                .interval = absl::Milliseconds(1),
                .timeout = absl::Seconds(60)},
      .consecutive_failures = 3};
  HealthChecker checker(
      &loop, NewProber(&loop, client.get(), nullptr, definition.check), definition,
      [] { return false; }, &observer);
  checker.Start();
  auto watchdog = loop.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
  loop.Run();
  EXPECT_EQ(observer.healthy_at, 1);
  EXPECT_EQ(observer.results, 5);
  EXPECT_EQ(observer.last, absl::StrCat("HTTP check of ", EndpointName(server.endpoint()),
                                        "/health failed: status 503 (3 times in a row)"));
}

}  // namespace
}  // namespace mesos_executor::health
