// Each sidecar with supervisors that misbehave: how it ends their streams, that nothing of theirs
// is left once they are killed, and that it serves the next one.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/lifecycle/observed_sidecar.h"
#include "integration/scenarios/eventually.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::lifecycle {
namespace {

using sidecar::SidecarProcess;

struct SidecarKind {
  const char* name;
  std::unique_ptr<ObservedSidecar> (*make)();
};
const SidecarKind kKinds[] = {{"Recorder", ObservedRecorder},
                              {"ConsulRegistrar", ObservedConsulRegistrar},
                              {"VaasRegistrar", ObservedVaasRegistrar},
                              {"ExecSidecar", ObservedExecSidecar}};

struct Fault {
  const char* name;
  // What faulty_supervisor says of it; the numbers are gRPC's codes of protos/lifecycle/v1.
  const char* said;
  // The sidecar was told of a task.
  bool attached = true;
};
constexpr char kInvalid[] = "ended 3";
constexpr char kLate[] = "ended 4";
constexpr char kDenied[] = "ended 7";
constexpr char kExhausted[] = "ended 8";
constexpr char kMismatch[] = "ended 9";
constexpr char kReplaced[] = "ended 10";
const Fault kFaults[] = {
    {"dies-attached", "ready"},        {"dies-starting", "ready"},
    {"dies-started", "ready"},         {"dies-healthy", "ready"},
    {"dies-unhealthy", "ready"},       {"dies-terminating", "ready"},
    {"dies-at-once", "ready"},         {"says-nothing", "ready", false},
    {"attaches-late", kLate, false},   {"attaches-and-no-state", "ready"},
    {"attaches-twice", kInvalid},      {"two-streams", kReplaced},
    {"event-first", kInvalid, false},  {"goodbye-first", kInvalid, false},
    {"number-goes-back", kInvalid},    {"phase-goes-back", kInvalid},
    {"unknown-phase", kInvalid},       {"other-versions", kMismatch, false},
    {"id-too-long", kInvalid, false},  {"message-too-long", kExhausted, false},
    {"never-reads", "ready"},          {"half-closes", "ready"},
    {"cuts-its-connection", "ready"},  {"stops-in-a-message", "ready"},
    {"garbage-in-the-midst", "ready"}, {"another-user", kDenied},
};

// With a sanitizer the sidecar itself takes a good part of this; unbounded, it would take more.
constexpr int64_t kMostKib = 256 << 10;

int64_t PeakKib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  int64_t kib = 0;
  for (std::string word; status >> word;) {
    if (word == "VmHWM:" && status >> kib) break;
  }
  return kib;
}

class SupervisorsTest : public ::testing::TestWithParam<std::tuple<SidecarKind, Fault>> {
 protected:
  SupervisorsTest() {
    std::string path = "/tmp/supervisors.XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    // As root another user, too, is to reach the socket.
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
  }
  ~SupervisorsTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_P(SupervisorsTest, LeaveNothingBehind) {
  const auto& [kind, fault] = GetParam();
  if (std::string(fault.name) == "another-user" && geteuid() != 0) {
    GTEST_SKIP() << "needs root, for another user";
  }
  const std::unique_ptr<ObservedSidecar> sidecar = kind.make();
  const std::string socket = folder_ + "/s.sock";
  const auto daemon =
      RunObserved(*sidecar, {"--socket", socket, "--state-dir", folder_ + "/state"});
  // The mode comes after the file; what is told of it is set last.
  ASSERT_TRUE(Eventually([&] {
    struct stat status;
    return stat(socket.c_str(), &status) == 0 && (status.st_mode & 0777) == 0660;
  }));
  ASSERT_EQ(chmod(socket.c_str(), 0666), 0);

  SidecarProcess supervisor({"integration/lifecycle/faulty_supervisor", socket, fault.name}, {});
  EXPECT_EQ(supervisor.NextLine(), fault.said);
  supervisor.Kill(SIGKILL);
  supervisor.Wait();
  if (fault.attached) {
    EXPECT_TRUE(sidecar->AwaitUndone(daemon.get(), 1));
  }

  SidecarProcess next({"integration/lifecycle/crowd", socket, "1"}, {});
  EXPECT_TRUE(sidecar->AwaitDone(daemon.get(), 1));
  EXPECT_TRUE(next.WaitForLine("healthy"));
  next.Kill(SIGTERM);
  EXPECT_TRUE(next.WaitForLine("ended"));
  EXPECT_EQ(next.Wait(), 0);
  EXPECT_LT(PeakKib(daemon->pid()), kMostKib);
  daemon->Kill(SIGTERM);
  EXPECT_EQ(daemon->Wait(), 0);
}

std::vector<std::tuple<SidecarKind, Fault>> Params() {
  std::vector<std::tuple<SidecarKind, Fault>> params;
  for (const SidecarKind& kind : kKinds) {
    for (const Fault& fault : kFaults) {
      const bool recorder = kind.make == ObservedRecorder;
      // It tells of each event on a pipe that nobody reads meanwhile.
      if (recorder && std::string(fault.name) == "never-reads") continue;
      // It takes 10 s, and the sidecar itself has no part in it.
      if (!recorder && std::string(fault.name) == "attaches-late") continue;
      params.emplace_back(kind, fault);
    }
  }
  return params;
}

INSTANTIATE_TEST_SUITE_P(All, SupervisorsTest, ::testing::ValuesIn(Params()),
                         [](const ::testing::TestParamInfo<std::tuple<SidecarKind, Fault>>& info) {
                           std::string name = absl::StrCat(std::get<0>(info.param).name, "_",
                                                           std::get<1>(info.param).name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace mesos_executor::lifecycle
