#include "sidecars/consul_registrar/reachability.h"

#include <glog/logging.h>
#include <gtest/gtest.h>

namespace mesos_executor::consul {
namespace {

// Counts what is logged of Consul's coming and going.
class ComingAndGoing final : public google::LogSink {
 public:
  ComingAndGoing() { google::AddLogSink(this); }
  ~ComingAndGoing() override { google::RemoveLogSink(this); }
  void send(google::LogSeverity, const char*, const char*, int, const google::LogMessageTime&,
            const char* message, size_t size) override {
    const std::string text(message, size);
    away += text.find("consul:8500 is away") != std::string::npos;
    back += text.find("consul:8500 answers again") != std::string::npos;
  }
  int away = 0;
  int back = 0;
};

TEST(ReachabilityTest, AConsulThatFailsNowAndThenDoesNotFloodTheLog) {
  ComingAndGoing log;
  Reachability reachability("consul:8500");
  absl::Time now = absl::UnixEpoch();
  const auto note = [&](const absl::Status& status, absl::Duration later) {
    reachability.Note(status, now += later);
  };
  const absl::Status failure = absl::UnavailableError("connection refused");
  note(absl::OkStatus(), absl::Seconds(1));
  EXPECT_EQ(log.back, 0);
  for (int i = 0; i < 60; ++i) {
    note(failure, absl::Seconds(10));
    note(absl::OkStatus(), absl::Seconds(10));
  }
  EXPECT_EQ(log.away, 1);
  EXPECT_EQ(log.back, 0);
  note(absl::PermissionDeniedError("no"), Reachability::kSteady);
  EXPECT_EQ(log.back, 1) << "a refusal is an answer";
  note(failure, absl::Seconds(1));
  EXPECT_EQ(log.away, 2);
}

}  // namespace
}  // namespace mesos_executor::consul
