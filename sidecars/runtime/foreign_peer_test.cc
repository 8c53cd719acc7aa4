// A whole sidecar in a PID namespace of its own, for which this test's process is a foreigner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "sidecars/runtime/scripted_supervisor.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::sidecar {
namespace {

// Skips where namespaces can't be made (no root, and the host forbids user namespaces).
class ForeignPeerTest : public testing::Test {
 protected:
  ForeignPeerTest() {
    // Not TEST_TMPDIR: a socket's path has at most 107 bytes.
    std::string pattern = "/tmp/foreign-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~ForeignPeerTest() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    if (SidecarProcess(InNamespace({"/bin/true"}), {}).Wait() != 0) {
      GTEST_SKIP() << "unshare(1) cannot make namespaces here";
    }
  }

  static std::vector<std::string> InNamespace(std::vector<std::string> command) {
    std::vector<std::string> argv = {"/usr/bin/unshare", "--user",      "--map-root-user", "--pid",
                                     "--fork",           "--kill-child"};
    argv.insert(argv.end(), command.begin(), command.end());
    return argv;
  }
  SidecarProcess Run(std::vector<std::string> options) {
    std::vector<std::string> command = {"sidecars/runtime/recorder", "--socket",
                                        folder_ + "/s.sock", "--state-dir", folder_ + "/state"};
    command.insert(command.end(), options.begin(), options.end());
    return SidecarProcess(InNamespace(command), {"RECORDER_WORD=hello"});
  }

  std::string folder_;
};

TEST_F(ForeignPeerTest, ItIsRefused) {
  SidecarProcess sidecar = Run({});
  ScriptedSupervisor supervisor(ScriptedSupervisor::Connect(folder_ + "/s.sock"));
  supervisor.Attach("task");
  EXPECT_EQ(supervisor.End(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ForeignPeerTest, ItIsServedWhereThatIsAllowed) {
  SidecarProcess sidecar = Run({"--allow-foreign-peers"});
  ScriptedSupervisor supervisor(ScriptedSupervisor::Connect(folder_ + "/s.sock"));
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_TRUE(sidecar.WaitForLine("state task"));
  ASSERT_TRUE(supervisor.Event(1, lifecycle::v1::TERMINATED, 0));
  ASSERT_TRUE(supervisor.Goodbye());
  EXPECT_EQ(supervisor.End(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace mesos_executor::sidecar
