// Whole processes: a sidecar (recorder.cc) on SidecarMain, with supervisors that come, go and die.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "sidecars/runtime/scripted_supervisor.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::sidecar {
namespace {

constexpr char kRecorder[] = "sidecars/runtime/recorder";
constexpr int kStopped = 0;

class SidecarMainTest : public testing::Test {
 protected:
  SidecarMainTest() {
    // Not TEST_TMPDIR: a socket's path has at most 107 bytes.
    std::string pattern = "/tmp/sidecar-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    socket_ = folder_ + "/run/s.sock";
  }
  ~SidecarMainTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<SidecarProcess> Run(
      std::vector<std::string> arguments,
      std::vector<std::string> environment = {"RECORDER_WORD=hello"},
      std::vector<int> descriptors = {}) {
    arguments.insert(arguments.begin(), kRecorder);
    return std::make_unique<SidecarProcess>(std::move(arguments), std::move(environment),
                                            std::move(descriptors));
  }
  std::unique_ptr<SidecarProcess> RunHost(const std::string& lease = "1h") {
    return Run({"--socket", socket_, "--state-dir", folder_ + "/state", "--lease", lease});
  }
  std::unique_ptr<ScriptedSupervisor> Connect() {
    return std::make_unique<ScriptedSupervisor>(ScriptedSupervisor::Connect(socket_));
  }

  std::string folder_, socket_;
};

TEST_F(SidecarMainTest, HelpAndVersionGoToStdout) {
  auto help = Run({"--help"});
  EXPECT_EQ(help->NextLine(), "recorder: tells what it is told");
  EXPECT_TRUE(help->WaitForLine("  RECORDER_WORD  what it says first"));
  EXPECT_EQ(help->Wait(), 0);
  auto version = Run({"--version"});
  EXPECT_THAT(version->NextLine(), testing::StartsWith("recorder "));
  EXPECT_EQ(version->Wait(), 0);
}

TEST_F(SidecarMainTest, WrongUsageAndWhatCannotServeHaveExitCodesOfTheirOwn) {
  EXPECT_EQ(Run({"--what"})->Wait(), 2);
  const std::string state = folder_ + "/state";
  // A setting that is missing, a group that is not there, a descriptor that is no socket.
  EXPECT_EQ(Run({"--socket", socket_, "--state-dir", state}, {})->Wait(), 1);
  EXPECT_EQ(Run({"--socket", socket_, "--state-dir", state, "--group", "no-such-group"})->Wait(),
            1);
  EXPECT_EQ(Run({"--private", "0"})->Wait(), 1);
  EXPECT_EQ(Run({"--socket", socket_, "--state-dir", state, "--settings-fd", "99"})->Wait(), 1);
}

TEST_F(SidecarMainTest, AHostDaemonServesRemembersAndTakesUpItsTasksAfterARestart) {
  auto daemon = RunHost();
  EXPECT_EQ(daemon->NextLine(), "hello dumpable=0");
  auto first = Connect();
  ASSERT_TRUE(first->Attach("task"));
  EXPECT_EQ(first->Read()->attached().name(), "recorder");
  ASSERT_TRUE(first->Event(1, lifecycle::v1::HEALTHY, 10));
  EXPECT_EQ(first->Read()->answer().outcome(), lifecycle::v1::Answer::OK);
  EXPECT_EQ(daemon->NextLine(), "state task");
  EXPECT_EQ(daemon->NextLine(), "HEALTHY task");

  daemon->Kill(SIGTERM);
  EXPECT_EQ(first->End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(daemon->NextLine(), "end");  // Nothing was undone.
  EXPECT_EQ(daemon->Wait(), kStopped);
  // A task that is launched now waits for the daemon, and starts no sidecar of its own.
  EXPECT_TRUE(std::filesystem::exists(socket_));

  daemon = RunHost();
  EXPECT_TRUE(daemon->WaitForLine("recovered record-of-task"));
  auto second = Connect();
  ASSERT_TRUE(second->Attach("task"));
  EXPECT_EQ(daemon->NextLine(), "state task");
  ASSERT_TRUE(second->Event(2, lifecycle::v1::TERMINATED, 0));
  EXPECT_EQ(daemon->NextLine(), "TERMINATED task");
  ASSERT_TRUE(second->Goodbye());
  EXPECT_EQ(second->End(), grpc::StatusCode::OK);

  // There is nothing to take up now.
  daemon->Kill(SIGTERM);
  EXPECT_EQ(daemon->Wait(), kStopped);
  daemon = RunHost();
  auto third = Connect();
  ASSERT_TRUE(third->Attach("other"));
  EXPECT_EQ(daemon->NextLine(), "hello dumpable=0");
  EXPECT_EQ(daemon->NextLine(), "state other");
}

TEST_F(SidecarMainTest, AfterAKillTheSocketIsTakenOverAndALeaseThatNobodyRenewsEnds) {
  auto daemon = RunHost();
  auto supervisor = Connect();
  ASSERT_TRUE(supervisor->Attach("task"));
  ASSERT_TRUE(supervisor->Event(1, lifecycle::v1::HEALTHY, 0));
  EXPECT_TRUE(daemon->WaitForLine("HEALTHY task"));
  daemon->Kill(SIGKILL);
  EXPECT_EQ(daemon->Wait(), 128 + SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(socket_));

  daemon = RunHost("10s");
  EXPECT_TRUE(daemon->WaitForLine("recovered record-of-task"));
  EXPECT_EQ(daemon->NextLine(), "undo task");
}

TEST_F(SidecarMainTest, ASecondDaemonIsRefusedAtTheSameSocketAndInTheSameStateDirectory) {
  auto daemon = RunHost();
  auto supervisor = Connect();
  ASSERT_TRUE(supervisor->Attach("task"));
  EXPECT_TRUE(daemon->WaitForLine("state task"));
  EXPECT_EQ(Run({"--socket", socket_, "--state-dir", folder_ + "/other"})->Wait(), 1);
  EXPECT_EQ(Run({"--socket", folder_ + "/other.sock", "--state-dir", folder_ + "/state"})->Wait(),
            1);
  ASSERT_TRUE(supervisor->Event(1, lifecycle::v1::STARTED, 0));
  EXPECT_EQ(daemon->NextLine(), "STARTED task");
}

TEST_F(SidecarMainTest, ASupervisorKilledWithSigkillHasItsTaskUndoneAtOnce) {
  // The child connects, and we speak for it: when it is killed, the connection stays open.
  UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, socket_.c_str());
  auto daemon = RunHost();
  { const UniqueFd served = ScriptedSupervisor::Connect(socket_); }
  int connected[2];
  ASSERT_EQ(pipe2(connected, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      _exit(1);
    if (write(connected[1], "c", 1) != 1) _exit(1);
    pause();
  }
  const UniqueFd reader(connected[0]);
  UniqueFd(connected[1]).Reset();
  char byte;
  ASSERT_EQ(read(reader.get(), &byte, 1), 1);
  ScriptedSupervisor supervisor(std::move(connection));
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_TRUE(daemon->WaitForLine("state task"));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  EXPECT_EQ(daemon->NextLine(), "undo task");
  EXPECT_EQ(supervisor.End(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

// What a server that hangs up sends for `request`. Asks again where it hung up first: it waits for
// a request only so long.
std::string AskFor(const std::string& request, const std::string& socket_path) {
  std::string answer;
  while (answer.empty()) {
    const UniqueFd connection = ScriptedSupervisor::Connect(socket_path);
    if (!connection.valid()) return "nobody serves";
    static_cast<void>(send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL));
    char bytes[4096];
    for (ssize_t count; (count = read(connection.get(), bytes, sizeof(bytes))) > 0;) {
      answer.append(bytes, count);
    }
  }
  return answer;
}

TEST_F(SidecarMainTest, AHostDaemonShowsItsMetrics) {
  const std::string metrics = folder_ + "/metrics.sock";
  auto daemon =
      Run({"--socket", socket_, "--state-dir", folder_ + "/state", "--metrics", "unix:" + metrics});
  auto supervisor = Connect();
  ASSERT_TRUE(supervisor->Attach("task"));
  ASSERT_TRUE(supervisor->Event(1, lifecycle::v1::HEALTHY, 0));
  EXPECT_TRUE(daemon->WaitForLine("HEALTHY task"));
  const std::string page = AskFor("GET /metrics HTTP/1.0\r\n\r\n", metrics);
  EXPECT_THAT(page, testing::HasSubstr("\nmesos_sidecar_attached_tasks 1\n"));
  EXPECT_THAT(page, testing::HasSubstr("\nmesos_sidecar_refused_peers_total 0\n"));
  EXPECT_THAT(page, testing::ContainsRegex("\nmesos_sidecar_journal_bytes [1-9]"));
  EXPECT_THAT(page, testing::HasSubstr("{phase=\"healthy\",outcome=\"ok\"} 1\n"));
}

// A private sidecar, its settings in a descriptor and nothing in its environment.
class PrivateSidecarTest : public SidecarMainTest {
 protected:
  PrivateSidecarTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    const UniqueFd settings(memfd_create("settings", MFD_CLOEXEC));
    const char text[] = "ALLEGRO_EXECUTOR_RECORDER_WORD=secret";
    EXPECT_EQ(write(settings.get(), text, sizeof(text)), static_cast<ssize_t>(sizeof(text)));
    EXPECT_EQ(lseek(settings.get(), 0, SEEK_SET), 0);
    sidecar_ = Run({"--private", "3", "--settings-fd", "4"}, {}, {theirs.get(), settings.get()});
    EXPECT_EQ(sidecar_->NextLine(), "secret dumpable=0");
  }

  UniqueFd ours_;
  std::unique_ptr<SidecarProcess> sidecar_;
};

TEST_F(PrivateSidecarTest, OffersItselfToBeKilledFirstWhenMemoryIsShort) {
  std::string score;
  std::getline(std::ifstream("/proc/" + std::to_string(sidecar_->pid()) + "/oom_score_adj"), score);
  EXPECT_EQ(score, "1000");
}

TEST_F(PrivateSidecarTest, EndOfFileUndoesAndEndsIt) {
  const int fd = ours_.get();
  ScriptedSupervisor supervisor(std::move(ours_));
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_EQ(sidecar_->NextLine(), "state task");
  ASSERT_EQ(shutdown(fd, SHUT_RDWR), 0);
  EXPECT_EQ(sidecar_->NextLine(), "undo task");
  EXPECT_EQ(sidecar_->NextLine(), "idle");
  EXPECT_EQ(sidecar_->Wait(), 0);
}

TEST_F(PrivateSidecarTest, GoodbyeEndsItWithNothingToUndo) {
  ScriptedSupervisor supervisor(std::move(ours_));
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_EQ(sidecar_->NextLine(), "state task");
  ASSERT_TRUE(supervisor.Event(1, lifecycle::v1::TERMINATED, 0));
  EXPECT_EQ(sidecar_->NextLine(), "TERMINATED task");
  ASSERT_TRUE(supervisor.Goodbye());
  EXPECT_EQ(supervisor.End(), grpc::StatusCode::OK);
  EXPECT_EQ(sidecar_->NextLine(), "idle");
  EXPECT_EQ(sidecar_->Wait(), 0);
}

TEST_F(PrivateSidecarTest, SigtermUndoesAndEndsIt) {
  ScriptedSupervisor supervisor(std::move(ours_));
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_EQ(sidecar_->NextLine(), "state task");
  sidecar_->Kill(SIGTERM);
  EXPECT_EQ(sidecar_->NextLine(), "undo task");
  EXPECT_EQ(sidecar_->NextLine(), "idle");
  EXPECT_EQ(sidecar_->Wait(), 0);
}

}  // namespace
}  // namespace mesos_executor::sidecar
