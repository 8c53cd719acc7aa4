#include "supervisor/health/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/health/fake_prober.h"

namespace mesos_executor::health {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CheckerTest : public ::testing::Test, public Checker::Observer {
 protected:
  void OnCheckStatus(const mesos::v1::CheckStatusInfo& status, const std::string& why) override {
    calls_.push_back(absl::StrCat(status.ShortDebugString(), why.empty() ? "" : " because ", why));
    if (destroy_) checker_.reset();
  }

  void Start(std::variant<HttpCheck, TcpCheck, CheckCommand> probe) {
    definition_.probe = std::move(probe);
    auto prober = std::make_unique<FakeProber>();
    prober_ = prober.get();
    checker_ = std::make_unique<Checker>(&loop_, std::move(prober), definition_, this);
    checker_->Start();
    loop_.Advance(absl::Seconds(15));
  }

  // What is told of a result, and waits for the next probe.
  std::vector<std::string> Told(ProbeResult result) {
    prober_->End(std::move(result));
    loop_.Advance(absl::Seconds(10));
    return std::exchange(calls_, {});
  }

  std::vector<std::string> ToldOfATimeout() {
    loop_.Advance(absl::Seconds(20 + 10));
    return std::exchange(calls_, {});
  }

  ManualEventLoop loop_;
  CheckDefinition definition_{
      .delay = absl::Seconds(15), .interval = absl::Seconds(10), .timeout = absl::Seconds(20)};
  FakeProber* prober_ = nullptr;
  std::unique_ptr<Checker> checker_;
  bool destroy_ = false;
  std::vector<std::string> calls_;
};

const CheckCommand kCommand{.argv = {"check"}, .program = "check"};
const HttpCheck kHttp{{"127.0.0.1", 80}, "/"};
const TcpCheck kTcp{{"127.0.0.1", 80}};

TEST_F(CheckerTest, HasAStatusWithoutAResultFromTheBeginning) {
  definition_.probe = kCommand;
  EXPECT_EQ(NoCheckStatus(definition_).ShortDebugString(), "type: COMMAND command { }");
  definition_.probe = kHttp;
  EXPECT_EQ(NoCheckStatus(definition_).ShortDebugString(), "type: HTTP http { }");
  definition_.probe = kTcp;
  EXPECT_EQ(NoCheckStatus(definition_).ShortDebugString(), "type: TCP tcp { }");
}

TEST_F(CheckerTest, TellsACommandsExitCodeOnlyWhenItChanges) {
  Start(kCommand);
  const ProbeResult failed = {absl::FailedPreconditionError("exit code 3"), 3};
  EXPECT_THAT(Told({absl::OkStatus(), 0}), ElementsAre("type: COMMAND command { exit_code: 0 }"));
  EXPECT_THAT(Told({absl::OkStatus(), 0}), IsEmpty());
  EXPECT_THAT(Told(failed), ElementsAre("type: COMMAND command { exit_code: 3 }"));
  EXPECT_THAT(Told(failed), IsEmpty());
}

TEST_F(CheckerTest, NoResultIsTheFirstStatusAndComesBackWithItsReason) {
  Start(kCommand);
  const ProbeResult killed = {absl::AbortedError("ended by the signal SIGKILL")};
  EXPECT_THAT(Told(killed), IsEmpty());
  EXPECT_THAT(ToldOfATimeout(), IsEmpty());
  Told({absl::OkStatus(), 0});
  EXPECT_THAT(Told(killed), ElementsAre("type: COMMAND command { } because COMMAND check by check "
                                        "failed: ended by the signal SIGKILL"));
  Told({absl::OkStatus(), 0});
  EXPECT_THAT(ToldOfATimeout(),
              ElementsAre("type: COMMAND command { } because COMMAND check by check failed: no "
                          "result within 20s"));
}

TEST_F(CheckerTest, TellsAnHttpStatusWhateverItIs) {
  Start(kHttp);
  EXPECT_THAT(Told({absl::FailedPreconditionError("status 503"), 503}),
              ElementsAre("type: HTTP http { status_code: 503 }"));
  EXPECT_THAT(Told({absl::UnavailableError("Connection refused")}),
              ElementsAre("type: HTTP http { } because HTTP check of 127.0.0.1:80/ failed: "
                          "Connection refused"));
}

TEST_F(CheckerTest, TellsARefusedConnectionButNotOneThatTakesTooLong) {
  Start(kTcp);
  EXPECT_THAT(Told({absl::UnavailableError("Connection refused")}),
              ElementsAre("type: TCP tcp { succeeded: false }"));
  EXPECT_THAT(Told({absl::OkStatus()}), ElementsAre("type: TCP tcp { succeeded: true }"));
  EXPECT_THAT(ToldOfATimeout(), ElementsAre("type: TCP tcp { } because TCP check of 127.0.0.1:80 "
                                            "failed: no result within 20s"));
}

TEST_F(CheckerTest, TheObserverMayDestroyIt) {
  destroy_ = true;
  Start(kTcp);
  prober_->End({absl::OkStatus()});
  EXPECT_EQ(checker_, nullptr);
  EXPECT_EQ(loop_.timers(), 0u);
}

}  // namespace
}  // namespace mesos_executor::health
