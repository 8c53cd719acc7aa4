// In a process of its own: what gRPC has started once never ends.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/lifecycle/launch.h"

namespace mesos_executor::lifecycle {
namespace {

size_t Threads() {
  const std::filesystem::directory_iterator threads("/proc/self/task");
  return std::distance(begin(threads), end(threads));
}

class Nobody final : public Sidecars::Observer {
 public:
  void OnSidecarUp(const std::string&, Mode, const std::string&) override { ADD_FAILURE(); }
  void OnSidecarDown(const std::string&, Mode, const std::string&) override { ++down; }
  void OnSidecarAnswer(const std::string&, v1::Phase, Outcome, absl::Duration,
                       const std::string&) override {}
  int down = 0;
};

TEST(WithoutAConnectedSidecar, NoThreadIsStarted) {
  alarm(60);
  char path[] = "/tmp/lifecycle.XXXXXX";
  const std::string folder = mkdtemp(path);
  // A socket to which nobody attends.
  const UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address = {AF_UNIX, {}};
  (folder + "/dead.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  SidecarConfig down, absent;
  down.name = "down";
  down.socket = folder + "/dead.sock";
  absent.name = "absent";
  absent.socket = folder + "/none.sock";

  const size_t before = Threads();
  AsioEventLoop loop;
  Nobody nobody;
  for (const std::vector<SidecarConfig>& configs :
       {std::vector<SidecarConfig>{}, std::vector<SidecarConfig>{down, absent}}) {
    const auto sidecars =
        LaunchSidecars(&loop, configs, v1::Task(), "incarnation", nullptr, &nobody);
    sidecars->Ask(v1::BEFORE_START, v1::HEALTH_UNKNOWN, absl::InfiniteDuration(),
                  [&](PhaseResult) { sidecars->Finish(absl::Seconds(60), [&] { loop.Stop(); }); });
    loop.io_context().restart();
    loop.Run();
  }
  EXPECT_EQ(nobody.down, 2);
  EXPECT_EQ(Threads(), before);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
