// A scraped task's output, from its write to the descriptors that a log-shipper is sent. The
// shipper is two halves here: a sidecar that says OK to everything, and the test's own hands on the
// descriptors.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"
#include "protos/lifecycle/v1/spools.pb.h"
#include "supervisor/base/descriptor_datagram.h"
#include "supervisor/base/sparse_file.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRecorder[] = "sidecars/runtime/recorder";
constexpr char kShipper[] = "sidecars/log_shipper/log-shipper";

// What a shipper holds.
struct Held {
  UniqueFd connection;
  UniqueFd out;
  UniqueFd err;
};

std::string Content(const UniqueFd& file) {
  std::string text(4096, '\0');
  const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : size);
  return text;
}

class SpoolsTest : public ::testing::Test {
 protected:
  SpoolsTest() {
    scenario_.Label("log-scraping", "logstash");
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_LOG_SHIPPER_SOCKET",
                  scenario_.folder() + "/recorder.sock");
  }

  void StartShipper() {
    const std::string path = scenario_.folder() + "/recorder.fds";
    listening_ = UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address = {.sun_family = AF_UNIX};
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listening_.get(), 4), 0);
    // For a supervisor that runs as another user.
    std::filesystem::permissions(path, std::filesystem::perms(0666));
    daemon_.Start();
  }

  // Waits for the supervisor's connection, and takes what it brings.
  Held Take() {
    pollfd pending = {.fd = listening_.get(), .events = POLLIN};
    EXPECT_EQ(poll(&pending, 1, 60'000), 1) << "no spools are sent";
    Held held;
    held.connection = UniqueFd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    pollfd sent = {.fd = held.connection.get(), .events = POLLIN};
    EXPECT_EQ(poll(&sent, 1, 60'000), 1);
    auto datagram = ReceiveDatagram(held.connection.get());
    EXPECT_TRUE(datagram.ok()) << datagram.status();
    lifecycle::v1::Spools message;
    EXPECT_TRUE(message.ParseFromString(datagram->bytes));
    EXPECT_EQ(message.task_id(), scenario_.task_id());
    EXPECT_EQ(message.roles(0), lifecycle::v1::Spools::STDOUT_SPOOL);
    EXPECT_EQ(message.roles(1), lifecycle::v1::Spools::STDERR_SPOOL);
    held.out = std::move(datagram->descriptors[0]);
    held.err = std::move(datagram->descriptors[1]);
    return held;
  }

  void ExpectFinished() {
    EXPECT_EQ(scenario_.AwaitExecutor(), 0);
    EXPECT_THAT(scenario_.States().back(), HasSubstr("TASK_FINISHED"));
  }

  Scenario scenario_;
  UniqueFd listening_;
  SidecarDaemon daemon_{kRecorder, scenario_.folder(), {"RECORDER_WORD=ready"}, {"--lease", "10s"}};
};

TEST_F(SpoolsTest, AScrapedTaskWritesIntoSpoolsWhichItsShipperReads) {
  StartShipper();
  scenario_.Start("echo to stdout; echo to stderr >&2");
  const Held held = Take();
  ExpectFinished();
  EXPECT_EQ(Content(held.out), "to stdout\n");
  EXPECT_EQ(Content(held.err), "to stderr\n");
  EXPECT_THAT(scenario_.ReadSandboxFile("stdout"), Not(HasSubstr("to stdout")));
}

TEST_F(SpoolsTest, WithoutAShipperATaskWritesToTheExecutorsOutput) {
  scenario_.Start("echo to stdout; echo to stderr >&2");
  ExpectFinished();
  EXPECT_THAT(scenario_.ReadSandboxFile("stdout"), HasSubstr("to stdout\n"));
  EXPECT_THAT(scenario_.ReadSandboxFile("stderr"), HasSubstr("to stderr\n"));
  EXPECT_FALSE(std::filesystem::exists(scenario_.sandbox() + "/.mesos-executor"));
}

TEST_F(SpoolsTest, ATaskMayOpenItsOutputAgain) {
  StartShipper();
  scenario_.Start("echo first >&2; echo again > /dev/stderr; echo more >> /dev/stderr");
  const Held held = Take();
  ExpectFinished();
  // `>` truncates a file: the shell's doing, as with any file.
  EXPECT_EQ(Content(held.err), "again\nmore\n");
}

TEST_F(SpoolsTest, ATaskOfAnotherUserMayOpenItsOutputAgainAndNotTheSpoolsFolder) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to run a task as nobody";
  std::filesystem::permissions(scenario_.folder(), std::filesystem::perms(0755));
  scenario_.launch().task.mutable_command()->set_user("nobody");
  StartShipper();
  scenario_.Start(
      "echo as nobody >> /dev/stderr; cat .mesos-executor/stdout > /dev/null 2>&1 || echo shut",
      dev_agent::CommandIn::kTask);
  const Held held = Take();
  ExpectFinished();
  EXPECT_EQ(Content(held.err), "as nobody\n");
  EXPECT_EQ(Content(held.out), "shut\n");
}

TEST_F(SpoolsTest, AShipperThatWasKilledIsSentTheSpoolsAgain) {
  StartShipper();
  scenario_.Start("mkfifo go; echo before; read -r line < go; echo after");
  Held held = Take();
  ASSERT_TRUE(Eventually([&] { return Content(held.out) == "before\n"; }));
  daemon_.Kill();
  held = {};
  daemon_.Start();
  held = Take();
  EXPECT_EQ(Content(held.out), "before\n");
  // Opened for both: a task that died instead holds nobody up.
  const UniqueFd go(open((scenario_.sandbox() + "/go").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(write(go.get(), "\n", 1), 1);
  ExpectFinished();
  EXPECT_EQ(Content(held.out), "before\nafter\n");
}

TEST_F(SpoolsTest, WhileNobodyShipsATaskWritesOnAndTheOldestIsGivenUp) {
  scenario_.Set("ALLEGRO_EXECUTOR_SERVICELOG_SPOOL_LIMIT", "1M");
  // Attached, but nobody takes the spools.
  daemon_.Start();
  scenario_.Start(
      "mkfifo go; head -c 4000000 /dev/zero | tr '\\0' x; echo; echo last; read -r line < go");
  const std::string path = scenario_.sandbox() + "/.mesos-executor/stdout";
  const auto given_up = [&] {
    const UniqueFd spool(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return spool.valid() && FirstData(spool.get(), 0).value() > 3'000'000;
  };
  ASSERT_TRUE(Eventually(given_up));
  const UniqueFd go(open((scenario_.sandbox() + "/go").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(write(go.get(), "\n", 1), 1);
  ExpectFinished();
  EXPECT_TRUE(absl::EndsWith(scenario_.ReadSandboxFile(".mesos-executor/stdout"), "\nlast\n"));
  EXPECT_THAT(scenario_.ReadSandboxFile("stderr"), HasSubstr("the oldest of it is given up"));
}

TEST_F(SpoolsTest, ATaskThatPutsSomethingElseInItsSpoolsPlaceGainsNothing) {
  StartShipper();
  scenario_.Start(
      "mkfifo go; cd .mesos-executor; echo mine > other; chmod 400 other;"
      "rm stdout stderr offsets; ln -s /etc/passwd stdout; ln other stderr; mkfifo offsets;"
      "echo swapped; read -r line < ../go; echo after");
  Held held = Take();
  ASSERT_TRUE(Eventually([&] { return Content(held.out) == "swapped\n"; }));
  daemon_.Kill();
  held = {};
  daemon_.Start();
  held = Take();
  const UniqueFd go(open((scenario_.sandbox() + "/go").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(write(go.get(), "\n", 1), 1);
  ExpectFinished();
  EXPECT_EQ(Content(held.out), "swapped\nafter\n") << "the file that was opened at the launch";
  EXPECT_EQ(scenario_.ReadSandboxFile(".mesos-executor/other"), "mine\n");
}

// Without any right of its own: it watches and gives back what is its user's, and writes to files
// that the agent may have opened as root.
TEST(PrivateShipperTest, ShipsAsTheExecutorsOwnUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to run it all as nobody";
  Scenario scenario({kShipper});
  scenario.RunAs("nobody");
  const std::string shipped = scenario.sandbox() + "/shipped";
  scenario.Label("log-scraping", "logstash");
  scenario.Set("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_PROTOCOL", "file");
  scenario.Set("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_ADDRESS", shipped);
  scenario.Start(R"(mkfifo go; echo '{"message":"first"}'; echo not json; read -r line < go;)"
                 R"( echo '{"message":"last"}' >> /dev/stdout)");
  const auto has = [&](const char* file, const char* text) {
    return absl::StrContains(scenario.ReadSandboxFile(file), text);
  };
  EXPECT_TRUE(Eventually([&] { return has("shipped", "first") && has("stdout", "not json\n"); }))
      << scenario.ReadSandboxFile("stderr");
  const UniqueFd go(open((scenario.sandbox() + "/go").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(write(go.get(), "\n", 1), 1);
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_TRUE(Eventually([&] { return has("shipped", "last"); }))
      << scenario.ReadSandboxFile("stderr");
  EXPECT_THAT(scenario.ReadSandboxFile("stderr"), Not(HasSubstr("can't be")));
}

// The spools can't be sent again: the next shipper finds them by what it remembers.
TEST(RememberedSpoolsTest, WhatWasWrittenBeforeShipperAndSupervisorWereKilledIsShipped) {
  Scenario scenario;
  const std::string shipped = scenario.folder() + "/shipped";
  SidecarDaemon shipper(
      kShipper, scenario.folder(),
      {"SERVICELOG_LOGSTASH_PROTOCOL=file", "SERVICELOG_LOGSTASH_ADDRESS=" + shipped},
      {"--lease", "10s"});
  shipper.Start();
  scenario.Label("log-scraping", "logstash");
  scenario.Start(R"(mkfifo go; echo '{"message":"first"}'; read -r line < go;)"
                 R"( echo '{"message":"last"}'; sleep 3600)");
  const auto has = [&](const std::string& file, const char* text) {
    return absl::StrContains(scenario.ReadSandboxFile(file), text);
  };
  ASSERT_TRUE(Eventually([&] { return has("../shipped", "first"); }));
  shipper.Kill();
  const UniqueFd go(open((scenario.sandbox() + "/go").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(write(go.get(), "\n", 1), 1);
  ASSERT_TRUE(Eventually([&] { return has(".mesos-executor/stdout", "last"); }));
  ASSERT_EQ(kill(scenario.agent().executor_pid(), SIGKILL), 0);
  scenario.AwaitExecutor();
  EXPECT_FALSE(has("../shipped", "last"));
  shipper.Start();
  EXPECT_TRUE(Eventually([&] { return has("../shipped", "last"); }));
}

}  // namespace
}  // namespace mesos_executor
