// Whole processes: one sidecar takes over from another, as at an upgrade, and no supervisor notices
// more than a stream that broke.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/listening_socket.h"
#include "sidecars/runtime/scripted_supervisor.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kWaits[] = "STATUS=waits for the process before this one to end";

class TakeOverTest : public testing::Test {
 protected:
  TakeOverTest() {
    // Not TEST_TMPDIR: a socket's path has at most 107 bytes.
    std::string pattern = "/tmp/take-over-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    socket_ = folder_ + "/run/s.sock";
    // Where systemd would listen.
    systemd_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = Address(folder_ + "/notify");
    EXPECT_EQ(bind(systemd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval watchdog = {60, 0};
    EXPECT_EQ(setsockopt(systemd_.get(), SOL_SOCKET, SO_RCVTIMEO, &watchdog, sizeof(watchdog)), 0);
  }
  ~TakeOverTest() override { std::filesystem::remove_all(folder_); }

  static sockaddr_un Address(const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    return address;
  }

  // A daemon that tells the test how it is, as it would tell systemd. `listening`, if any, is
  // passed as systemd passes it; only the process itself knows the number that LISTEN_PID must
  // have.
  std::unique_ptr<SidecarProcess> Run(std::vector<std::string> options,
                                      std::vector<int> listening = {}) {
    std::vector<std::string> argv = {"/bin/sh",
                                     "-c",
                                     "export LISTEN_PID=$$; exec \"$@\"",
                                     "sh",
                                     "sidecars/runtime/recorder",
                                     "--socket",
                                     socket_,
                                     "--state-dir",
                                     folder_ + "/state",
                                     "--lease",
                                     "1h"};
    argv.insert(argv.end(), options.begin(), options.end());
    std::vector<std::string> environment = environment_;
    environment.push_back("NOTIFY_SOCKET=" + folder_ + "/notify");
    environment.push_back(absl::StrCat("LISTEN_FDS=", listening.size()));
    if (!listening.empty()) environment.push_back("LISTEN_FDNAMES=lifecycle");
    return std::make_unique<SidecarProcess>(argv, environment, listening);
  }

  // What a daemon told next.
  std::string Told() {
    char bytes[512];
    const ssize_t count = recv(systemd_.get(), bytes, sizeof(bytes), 0);
    return count < 0 ? "nothing for a minute" : std::string(bytes, count);
  }

  // A supervisor that has a task registered.
  std::unique_ptr<ScriptedSupervisor> Register(SidecarProcess& daemon) {
    auto supervisor = std::make_unique<ScriptedSupervisor>(ScriptedSupervisor::Connect(socket_));
    EXPECT_TRUE(supervisor->Attach("task"));
    EXPECT_EQ(daemon.NextLine(), "hello dumpable=0");
    EXPECT_EQ(daemon.NextLine(), "state task");
    EXPECT_TRUE(supervisor->Event(1, lifecycle::v1::HEALTHY, 10));
    EXPECT_EQ(daemon.NextLine(), "HEALTHY task");
    return supervisor;
  }

  // The same task's supervisor, back at the next daemon: nothing was undone, and what comes is
  // heard.
  void ExpectTakenOver(SidecarProcess& next, UniqueFd connection) {
    ScriptedSupervisor supervisor(std::move(connection));
    ASSERT_TRUE(supervisor.Attach("task"));
    EXPECT_EQ(next.NextLine(), "hello dumpable=0");
    EXPECT_EQ(next.NextLine(), "recovered record-of-task");
    EXPECT_EQ(next.NextLine(), "state task");
    ASSERT_TRUE(supervisor.Event(2, lifecycle::v1::BEFORE_TERMINATE, 10));
    EXPECT_EQ(next.NextLine(), "BEFORE_TERMINATE task");
    EXPECT_TRUE(supervisor.Read()->has_attached());
    EXPECT_EQ(supervisor.Read()->answer().seq(), 2u);
  }

  std::string folder_, socket_;
  std::vector<std::string> environment_ = {"RECORDER_WORD=hello"};
  UniqueFd systemd_;
};

TEST_F(TakeOverTest, AtASocketThatSystemdHoldsNobodyIsRefusedWhileOneFollowsTheOther) {
  const auto listening = ListenUnix(socket_, std::nullopt);
  ASSERT_TRUE(listening.ok()) << listening.status();
  auto old = Run({}, {listening->get()});
  EXPECT_THAT(Told(),
              AllOf(StartsWith("READY=1\nSTATUS="), HasSubstr("serves at unix:" + socket_)));
  auto supervisor = Register(*old);
  auto next = Run({}, {listening->get()});
  EXPECT_EQ(Told(), kWaits);

  old->Kill(SIGTERM);
  EXPECT_EQ(Told(), "STOPPING=1");
  EXPECT_EQ(supervisor->End(), grpc::StatusCode::UNAVAILABLE);
  // At once, whether or not the next one serves already: the connection waits for it.
  UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = Address(socket_);
  ASSERT_EQ(connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  ExpectTakenOver(*next, std::move(connection));
  EXPECT_EQ(old->NextLine(), "end");
  EXPECT_EQ(old->Wait(), 0);
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
}

TEST_F(TakeOverTest, WithoutSystemdTheNextOneWaitsAndThenMakesTheSocketAnew) {
  auto old = Run({});
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
  auto supervisor = Register(*old);
  auto next = Run({"--take-over"});
  EXPECT_EQ(Told(), kWaits);

  old->Kill(SIGTERM);
  EXPECT_EQ(Told(), "STOPPING=1");
  EXPECT_EQ(supervisor->End(), grpc::StatusCode::UNAVAILABLE);
  // Tries until it isn't refused.
  ExpectTakenOver(*next, ScriptedSupervisor::Connect(socket_));
  EXPECT_EQ(old->NextLine(), "end");
  EXPECT_EQ(old->Wait(), 0);
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
}

TEST_F(TakeOverTest, OneThatDiesIsFollowedAsWell) {
  auto old = Run({});
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
  auto supervisor = Register(*old);
  auto next = Run({"--take-over"});
  EXPECT_EQ(Told(), kWaits);
  old->Kill(SIGKILL);
  EXPECT_EQ(supervisor->End(), grpc::StatusCode::UNAVAILABLE);
  // Until then its socket may take a connection that nobody will serve.
  EXPECT_EQ(old->Wait(), 128 + SIGKILL);
  ExpectTakenOver(*next, ScriptedSupervisor::Connect(socket_));
}

TEST_F(TakeOverTest, OneThatWaitsMayBeToldToEndAndTheOtherServesOn) {
  auto old = Run({});
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
  auto supervisor = Register(*old);
  auto next = Run({"--take-over"});
  EXPECT_EQ(Told(), kWaits);
  next->Kill(SIGTERM);
  EXPECT_EQ(next->NextLine(), "end");
  EXPECT_EQ(next->Wait(), 0);
  ASSERT_TRUE(supervisor->Event(2, lifecycle::v1::UNHEALTHY, 0));
  EXPECT_EQ(old->NextLine(), "UNHEALTHY task");
}

TEST_F(TakeOverTest, TheWatchdogHearsOfADaemonThatServes) {
  // What finds no room in the queue is lost: more of it comes.
  environment_.push_back("WATCHDOG_USEC=100000");
  auto daemon = Run({});
  EXPECT_THAT(Told(), StartsWith("READY=1\n"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Told(), "WATCHDOG=1");
}

}  // namespace
}  // namespace mesos_executor::sidecar
