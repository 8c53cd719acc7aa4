// A task's lines: from its write(2) to the receiver, by the log-shipper as the host's daemon and as
// the supervisor's private child, whatever is killed on the way. The receiver is rsyslog; what came
// is read from the file that it writes.
#include <arpa/inet.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "integration/log_shipper/entries_file.h"
#include "integration/log_shipper/metrics_page.h"
#include "integration/receiver/rsyslog.h"
#include "integration/receiver/sink.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kShipper[] = "sidecars/log_shipper/log-shipper";
constexpr char kWriter[] = "integration/log_shipper/numbered_lines";
// Entries of a line are longer than the line.
constexpr uint64_t kLineSize = 200;
// What a break of a connection, or a death of the shipper, sends twice at the most: the window, and
// what had been sent beyond it but not yet noted.
constexpr uint64_t kTwice = ((8 << 20) + (4 << 20)) / kLineSize;

enum class Mode { kDaemon, kPrivate };

// LOG_LINES asks for more.
uint64_t Lines() {
  uint64_t lines = 200'000;
  if (const char* set = getenv("LOG_LINES")) (void)absl::SimpleAtoi(set, &lines);
  return lines;
}

// A line without a number.
void SendDatagram(uint16_t port) {
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  PCHECK(sendto(socket.get(), "x\n", 2, 0, reinterpret_cast<sockaddr*>(&address),
                sizeof(address)) == 2);
}

class LogsTest : public ::testing::TestWithParam<Mode> {
 protected:
  void SetUp() override {
    if (!receiver::Rsyslog::Available()) GTEST_SKIP() << "rsyslogd isn't installed";
    auto rsyslog = receiver::Rsyslog::Start();
    ASSERT_TRUE(rsyslog.ok()) << rsyslog.status();
    rsyslog_ = *std::move(rsyslog);
    entries_ = std::make_unique<receiver::EntriesFile>(rsyslog_->entries_file());
    ShipTo(rsyslog_->port(), "tcp");
  }

  void ShipTo(uint16_t port, const std::string& protocol) {
    const std::string address = absl::StrCat("127.0.0.1:", port);
    if (GetParam() == Mode::kPrivate) {
      scenario_.Set("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_ADDRESS", address);
      scenario_.Set("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_PROTOCOL", protocol);
    } else {
      daemon_ = std::make_unique<SidecarDaemon>(
          kShipper, scenario_.folder(),
          std::vector<std::string>{"SERVICELOG_LOGSTASH_ADDRESS=" + address,
                                   "SERVICELOG_LOGSTASH_PROTOCOL=" + protocol},
          std::vector<std::string>{"--metrics", "unix:" + metrics_socket()});
      daemon_->Start();
    }
    scenario_.Label("log-scraping", "logstash");
    // So that nothing is given up, however long the receiver, or we, may take.
    scenario_.Set("ALLEGRO_EXECUTOR_SERVICELOG_SPOOL_LIMIT",
                  absl::StrCat(std::max(uint64_t{256} << 20, 4 * Lines() * kLineSize)));
  }
  std::string metrics_socket() const { return scenario_.folder() + "/metrics.sock"; }

  void KillShipper() {
    if (daemon_) {
      daemon_->Kill();
      return daemon_->Start();
    }
    // The supervisor starts another one, after a pause that grows.
    std::vector<pid_t> shippers;
    ASSERT_TRUE(Eventually([&] {
      shippers = ChildrenRunning(scenario_.agent().executor_pid(), "log-shipper");
      return !shippers.empty();
    })) << Log();
    for (const pid_t shipper : shippers) {
      kill(shipper, SIGKILL);
      EXPECT_TRUE(AwaitExit(shipper));
    }
  }
  // How many of the task's writes have returned.
  uint64_t Progress() const {
    const std::string bytes = scenario_.ReadSandboxFile("progress");
    uint64_t progress = 0;
    if (bytes.size() >= sizeof(progress)) std::memcpy(&progress, bytes.data(), sizeof(progress));
    return progress;
  }
  std::string Writer(uint64_t lines) const {
    return absl::StrCat(DataPath(kWriter), " ", lines, " ", scenario_.sandbox(), "/progress");
  }
  std::string Log() const {
    return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                        scenario_.ReadSandboxFile("executor-timeline.jsonl"),
                        "\nreceived: ", entries_->counts().Text());
  }

  Scenario scenario_{{kShipper}};
  std::unique_ptr<receiver::Rsyslog> rsyslog_;
  std::unique_ptr<receiver::EntriesFile> entries_;
  std::unique_ptr<SidecarDaemon> daemon_;
};

TEST_P(LogsTest, LinesGoToTheReceiverAndWhatIsNotALineOfJsonToTheExecutorsOwnOutput) {
  scenario_.Label("scId", "42");
  scenario_.Start(
      R"(echo '{"msg": "shipped", "float": 1.50}'; echo not json; echo odd >&2; sleep 100000)");
  std::string entries;
  EXPECT_TRUE(Eventually([&] {
    std::getline(std::ifstream(rsyslog_->entries_file()), entries);
    return !entries.empty();
  })) << Log();
  EXPECT_THAT(entries, HasSubstr(R"("message":"shipped")"));
  EXPECT_THAT(entries, HasSubstr(R"("float": 1.50)"));
  EXPECT_THAT(entries, HasSubstr(R"("scid":42)"));
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(scenario_.ReadSandboxFile("stdout"), "not json\n") &&
           absl::StrContains(scenario_.ReadSandboxFile("stderr"), "odd\n");
  })) << Log();
  scenario_.agent().Kill();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
}

TEST_P(LogsTest, EveryLineOfAFloodArrivesInOrderWhoeverIsKilled) {
  const uint64_t lines = Lines();
  scenario_.Start(absl::StrCat(Writer(lines), "; sleep 100000"));
  constexpr uint64_t kKills = 5;
  for (uint64_t i = 1; i <= kKills; ++i) {
    ASSERT_TRUE(entries_->Await(i * lines / (kKills + 3))) << Log();
    KillShipper();
    if (i == 3) {
      rsyslog_->Kill();
      ASSERT_TRUE(rsyslog_->StartAgain().ok());
    }
  }
  if (daemon_) {
    // Its supervisor at last: with it the task ends, and what was written until then arrives.
    ASSERT_TRUE(entries_->Await(7 * lines / 8)) << Log();
    ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
    ASSERT_TRUE(Eventually([this] { return scenario_.TaskProcesses().empty(); }));
  } else {
    EXPECT_TRUE(Eventually([&] { return Progress() == lines; }));
  }
  EXPECT_TRUE(entries_->Await(Progress())) << Log();
  EXPECT_EQ(entries_->counts().late, 0u) << "out of order";
  EXPECT_LE(entries_->counts().repeated, (kKills + 1) * kTwice);
  if (daemon_) return;
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
}

TEST_P(LogsTest, ATaskRunsAndEndsWhileTheReceiverIsAway) {
  rsyslog_->Kill();
  scenario_.Start(Writer(1000));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_FINISHED"));
  EXPECT_EQ(Progress(), 1000u);
  if (!daemon_) return;  // A private one has ended, and said what it couldn't ship.
  ASSERT_TRUE(rsyslog_->StartAgain().ok());
  EXPECT_TRUE(entries_->Await(1000)) << Log();
}

INSTANTIATE_TEST_SUITE_P(All, LogsTest, ::testing::Values(Mode::kDaemon, Mode::kPrivate),
                         [](const auto& info) {
                           return info.param == Mode::kDaemon ? "Daemon" : "Private";
                         });

// What tells by its metrics, or serves several executors.
class LogsDaemonTest : public LogsTest {};

TEST_P(LogsDaemonTest, WhatWasWrittenBeforeTheSupervisorWasKilledArrives) {
  // All of it goes within the minute that a daemon has for a task that is gone.
  const uint64_t lines = Lines() / 4;
  // A writer that is done before we kill it waits for that.
  scenario_.Start(absl::StrCat(Writer(lines), "; sleep 100000"));
  ASSERT_TRUE(entries_->Await(lines / 10)) << Log();
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  ASSERT_TRUE(Eventually([this] { return scenario_.TaskProcesses().empty(); }));
  const uint64_t written = Progress();
  EXPECT_TRUE(entries_->Await(written)) << written << " lines were written" << Log();
  EXPECT_EQ(entries_->counts().late, 0u);
}

TEST_P(LogsDaemonTest, OverUdpWhatIsDeliveredAndWhatIsCountedIsWhatWasSent) {
  constexpr uint64_t kLines = 5'000;
  auto sink = receiver::Sink::Start(
      {.program = DataPath("integration/receiver/sink"), .udp = true, .numbers = true});
  ASSERT_TRUE(sink.ok()) << sink.status();
  daemon_.reset();
  ShipTo((*sink)->port(), "udp");
  scenario_.Start(Writer(kLines));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  receiver::Counts counts;
  uint64_t dropped = 0;
  EXPECT_TRUE(Eventually([&] {
    // The kernel tells of overruns with the next datagram.
    SendDatagram((*sink)->port());
    const auto asked = (*sink)->Ask();
    if (asked.ok()) counts = *asked;
    dropped = SumOfMetric(ReadMetrics(metrics_socket()), "log_shipper_dropped_lines_total");
    return counts.distinct + counts.overruns + dropped >= kLines;
  })) << counts.Text()
      << " dropped: " << dropped << Log() << ReadMetrics(metrics_socket());
  // Overruns may be datagrams of ours.
  if (counts.overruns == 0) {
    EXPECT_EQ(counts.distinct + dropped, kLines) << counts.Text();
  }
  EXPECT_EQ(counts.repeated, 0u);
}

TEST_P(LogsDaemonTest, AFloodDoesNotDelayAnotherTasksLine) {
  const uint64_t lines = Lines() / 2;
  Scenario quiet;
  quiet.Set("ALLEGRO_EXECUTOR_SIDECAR_DIR", scenario_.folder());
  quiet.Label("log-scraping", "logstash");
  // Both write when the daemon stands still, so that it finds both at once.
  const std::string await_go =
      absl::StrCat("while ! test -e ", scenario_.folder(), "/go; do sleep 0.02; done; ");
  quiet.Start(absl::StrCat(await_go, R"(echo '{"msg":"quiet"}'; touch done; sleep 100000)"),
              dev_agent::CommandIn::kTask);
  scenario_.Start(absl::StrCat(await_go, Writer(lines), "; sleep 100000"),
                  dev_agent::CommandIn::kTask);
  ASSERT_TRUE(Eventually([&] {
    return SumOfMetric(ReadMetrics(metrics_socket()), "mesos_sidecar_attached_tasks") == 2 &&
           quiet.TaskProcesses().size() + scenario_.TaskProcesses().size() >= 2;
  })) << Log();
  daemon_->Signal(SIGSTOP);
  std::ofstream{scenario_.folder() + "/go"};
  ASSERT_TRUE(Eventually(
      [&] { return Progress() == lines && std::ifstream(quiet.sandbox() + "/done").good(); }));
  daemon_->Signal(SIGCONT);
  ASSERT_TRUE(entries_->Await(lines)) << Log();
  std::ifstream file(rsyslog_->entries_file());
  std::string entry;
  uint64_t before = 0;
  while (std::getline(file, entry) && !absl::StrContains(entry, "\"quiet\"")) ++before;
  EXPECT_LT(before, lines / 4) << "the quiet task's line waited for the flood";
}

INSTANTIATE_TEST_SUITE_P(All, LogsDaemonTest, ::testing::Values(Mode::kDaemon),
                         [](const auto&) { return "Daemon"; });

}  // namespace
}  // namespace mesos_executor
