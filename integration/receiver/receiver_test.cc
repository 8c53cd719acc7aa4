// The log-shipper's outputs against real receivers.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/receiver/rsyslog.h"
#include "integration/receiver/sink.h"
#include "sidecars/log_shipper/outputs/new_output.h"
#include "sidecars/log_shipper/outputs/output_settings.h"
#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::receiver {
namespace {

using log_shipper::NewOutput;
using log_shipper::Output;
using log_shipper::OutputSettings;
using log_shipper::RecordingListener;

constexpr int kLines = 20'000;
constexpr int kBatch = 100;

std::string Entry(int number) {
  return absl::StrCat("{\"seq\":", number, ",\"message\":\"", std::string(150, 'm'), "\"}\n");
}

// As many datagrams as a receiver's buffer holds, so that it may be as slow as it likes: all of
// them where we may ask for a large one (socket(7), SO_RCVBUFFORCE).
int Datagrams() {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int size = 32 << 20;
  return setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 ? kLines : 200;
}

class ReceiverTest : public ::testing::Test {
 protected:
  ~ReceiverTest() override { std::filesystem::remove(file_); }

  Sink::Options SinkOptions(bool udp) {
    Sink::Options options;
    options.program = std::filesystem::absolute("integration/receiver/sink");
    options.udp = udp;
    options.numbers = true;
    return options;
  }

  std::unique_ptr<Output> NewOutputTo(uint16_t port, bool udp = false) {
    OutputSettings settings;
    settings.protocol = udp ? OutputSettings::Protocol::kUdp : OutputSettings::Protocol::kTcp;
    settings.receivers = {{"127.0.0.1", port}};
    settings.tcp_timeout = absl::Minutes(1);  // The machine may be slow.
    auto output = NewOutput(&loop_, settings, &listener_);
    EXPECT_TRUE(output.ok()) << output.status();
    return *std::move(output);
  }

  // Sends the lines from `first` to before `end`, as fast as the output takes them.
  bool SendLines(Output* output, int first, int end) {
    return log_shipper::RunUntil(&loop_, [&] {
      while (first < end && output->ready()) {
        std::string entries;
        for (int i = 0; i < kBatch && first < end; ++i) entries += Entry(first++);
        sent_bytes_ += entries.size();
        output->Send(std::move(entries));
      }
      return first == end;
    });
  }

  bool RunUntil(const std::function<bool()>& condition) {
    return log_shipper::RunUntil(&loop_, condition);
  }

  // Numbered lines of a file.
  static Counts CountsOf(const std::string& file) {
    Tally tally(/*numbers=*/true);
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) tally.Add(line + "\n");
    return tally.counts;
  }

  AsioEventLoop loop_;
  RecordingListener listener_;
  uint64_t sent_bytes_ = 0;
  const std::string file_ = absl::StrCat(::testing::TempDir(), "/sink-", getpid());
};

TEST_F(ReceiverTest, ASinkCountsWhatComesOverTcp) {
  const auto sink = Sink::Start(SinkOptions(/*udp=*/false));
  ASSERT_TRUE(sink.ok()) << sink.status();
  const auto output = NewOutputTo((*sink)->port());
  ASSERT_TRUE(SendLines(output.get(), 0, kLines));
  ASSERT_TRUE(RunUntil([&] { return output->written() == sent_bytes_; }));
  ASSERT_TRUE(RunUntil([&] { return (*sink)->Ask().value().lines == kLines; }));
  const Counts counts = (*sink)->Ask().value();
  EXPECT_EQ(counts.bytes, sent_bytes_);
  EXPECT_EQ(counts.distinct, static_cast<uint64_t>(kLines));
  EXPECT_EQ(counts.late, 0u);
  EXPECT_EQ(counts.connections, 1u);
}

TEST_F(ReceiverTest, ASinkThatWasKilledIsFoundAgainAndGoesOnCounting) {
  Sink::Options options = SinkOptions(/*udp=*/false);
  options.file = file_;
  const auto sink = Sink::Start(options);
  ASSERT_TRUE(sink.ok()) << sink.status();
  const auto output = NewOutputTo((*sink)->port());
  ASSERT_TRUE(SendLines(output.get(), 0, 1000));
  ASSERT_TRUE(RunUntil([&] { return (*sink)->Ask().value().distinct == 1000; }));
  (*sink)->Kill();
  ASSERT_TRUE(RunUntil([&] { return !listener_.broken.empty(); }));
  EXPECT_FALSE(output->ready());
  EXPECT_EQ(output->written(), 0u);
  ASSERT_TRUE((*sink)->StartAgain().ok());
  ASSERT_TRUE(SendLines(output.get(), 900, 2000));
  ASSERT_TRUE(RunUntil([&] { return (*sink)->Ask().value().distinct == 2000; }));
  EXPECT_EQ((*sink)->Ask().value().repeated, 100u);
}

TEST_F(ReceiverTest, PacedDatagramsAllArrive) {
  const auto sink = Sink::Start(SinkOptions(/*udp=*/true));
  ASSERT_TRUE(sink.ok()) << sink.status();
  const auto output = NewOutputTo((*sink)->port(), /*udp=*/true);
  const int lines = Datagrams();
  ASSERT_TRUE(SendLines(output.get(), 0, lines));
  ASSERT_TRUE(RunUntil([&] { return output->written() == sent_bytes_; }));
  ASSERT_TRUE(RunUntil([&] {
    return (*sink)->Ask().value().distinct == static_cast<uint64_t>(lines);
  })) << (*sink)->Ask().value().Text();
  EXPECT_TRUE(listener_.dropped.empty());
}

TEST_F(ReceiverTest, DatagramsThatNobodyTookAreCounted) {
  const auto sink = Sink::Start(SinkOptions(/*udp=*/true));
  ASSERT_TRUE(sink.ok()) << sink.status();
  const auto output = NewOutputTo((*sink)->port(), /*udp=*/true);
  ASSERT_TRUE(SendLines(output.get(), 0, 100));
  ASSERT_TRUE(RunUntil([&] { return (*sink)->Ask().value().lines == 100; }));
  (*sink)->Kill();
  ASSERT_TRUE(SendLines(output.get(), 100, 101));
  ASSERT_TRUE(RunUntil([&] { return listener_.dropped["refused"] > 0; }));
  ASSERT_TRUE((*sink)->StartAgain().ok());
  ASSERT_TRUE(SendLines(output.get(), 101, 200));
  ASSERT_TRUE(RunUntil([&] {
    return (*sink)->Ask().value().lines + listener_.dropped["refused"] == 100;
  })) << (*sink)->Ask().value().Text();
}

class RsyslogTest : public ReceiverTest {
 protected:
  void SetUp() override {
    if (!Rsyslog::Available()) GTEST_SKIP() << "rsyslogd isn't installed";
    auto rsyslog = Rsyslog::Start();
    ASSERT_TRUE(rsyslog.ok()) << rsyslog.status();
    rsyslog_ = *std::move(rsyslog);
  }

  bool AwaitBytes(uint64_t bytes) {
    return RunUntil([&] { return std::filesystem::file_size(rsyslog_->entries_file()) >= bytes; });
  }

  std::unique_ptr<Rsyslog> rsyslog_;
};

TEST_F(RsyslogTest, ABurstOverTcpArrivesWhole) {
  const auto output = NewOutputTo(rsyslog_->port());
  ASSERT_TRUE(SendLines(output.get(), 0, kLines));
  ASSERT_TRUE(AwaitBytes(sent_bytes_)) << std::filesystem::file_size(rsyslog_->entries_file());
  const Counts counts = CountsOf(rsyslog_->entries_file());
  EXPECT_EQ(counts.lines, static_cast<uint64_t>(kLines));
  EXPECT_EQ(counts.distinct, static_cast<uint64_t>(kLines));
  EXPECT_EQ(counts.late, 0u);
  EXPECT_EQ(std::filesystem::file_size(rsyslog_->invalid_file()), 0u);
}

TEST_F(RsyslogTest, KilledAndStartedAgainItIsFoundAgain) {
  const auto output = NewOutputTo(rsyslog_->port());
  ASSERT_TRUE(SendLines(output.get(), 0, 1000));
  ASSERT_TRUE(AwaitBytes(sent_bytes_));
  rsyslog_->Kill();
  ASSERT_TRUE(RunUntil([&] { return !listener_.broken.empty(); }));
  ASSERT_TRUE(rsyslog_->StartAgain().ok());
  ASSERT_TRUE(SendLines(output.get(), 1000, 2000));
  ASSERT_TRUE(AwaitBytes(sent_bytes_));
  EXPECT_EQ(CountsOf(rsyslog_->entries_file()).distinct, 2000u);
}

TEST_F(RsyslogTest, PacedDatagramsAllArrive) {
  const int lines = Datagrams();
  const auto output = NewOutputTo(rsyslog_->port(), /*udp=*/true);
  ASSERT_TRUE(SendLines(output.get(), 0, lines));
  ASSERT_TRUE(AwaitBytes(sent_bytes_))
      << std::filesystem::file_size(rsyslog_->entries_file()) << " of " << sent_bytes_;
  EXPECT_EQ(CountsOf(rsyslog_->entries_file()).distinct, static_cast<uint64_t>(lines));
  EXPECT_TRUE(listener_.dropped.empty());
}

}  // namespace
}  // namespace mesos_executor::receiver
