#include "sidecars/runtime/service_notifier.h"

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

// What systemd would be: the parameter is whether its socket is abstract, or has a path.
class ServiceNotifierTest : public testing::TestWithParam<bool> {
 protected:
  ServiceNotifierTest() {
    std::string pattern = "/tmp/notifier-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = folder_ + "/notify";
    std::strcpy(address.sun_path, path.c_str());
    if (GetParam()) address.sun_path[0] = '\0';
    address_ = GetParam() ? "@" + path.substr(1) : path;
    systemd_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    PCHECK(bind(systemd_.get(), reinterpret_cast<sockaddr*>(&address),
                offsetof(sockaddr_un, sun_path) + path.size()) == 0);
  }
  ~ServiceNotifierTest() override { std::filesystem::remove_all(folder_); }

  ServiceNotifier Make(std::map<std::string, std::string, std::less<>> more = {}) {
    more["NOTIFY_SOCKET"] = address_;
    return ServiceNotifier(&loop_, Environment(more), getpid());
  }

  // A datagram that was sent is there at once.
  std::string Next() {
    char bytes[256];
    const ssize_t count = recv(systemd_.get(), bytes, sizeof(bytes), 0);
    return count < 0 ? "nothing" : std::string(bytes, count);
  }

  ManualEventLoop loop_;
  std::string folder_, address_;
  UniqueFd systemd_;
};

TEST_P(ServiceNotifierTest, ReadyStatusAndStoppingAreTold) {
  ServiceNotifier notifier = Make();
  EXPECT_EQ(Next(), "nothing");
  notifier.Status("waiting");
  EXPECT_EQ(Next(), "STATUS=waiting");
  notifier.Ready("serves");
  EXPECT_EQ(Next(), "READY=1\nSTATUS=serves");
  EXPECT_EQ(loop_.timers(), 0u);  // No watchdog: nothing wakes us up.
  notifier.Stopping();
  EXPECT_EQ(Next(), "STOPPING=1");
}

TEST_P(ServiceNotifierTest, TheWatchdogHearsOfUsTwiceInItsTimeUntilTheEnd) {
  ServiceNotifier notifier =
      Make({{"WATCHDOG_USEC", "10000000"}, {"WATCHDOG_PID", absl::StrCat(getpid())}});
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(Next(), "nothing");
  notifier.Ready("serves");
  Next();
  EXPECT_EQ(Next(), "WATCHDOG=1");
  EXPECT_EQ(Next(), "nothing");
  loop_.Advance(absl::Seconds(5));
  EXPECT_EQ(Next(), "WATCHDOG=1");
  loop_.Advance(absl::Seconds(5));
  EXPECT_EQ(Next(), "WATCHDOG=1");
  notifier.Stopping();
  EXPECT_EQ(Next(), "STOPPING=1");
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(Next(), "nothing");
}

TEST_P(ServiceNotifierTest, AWatchdogOfAnotherProcessOrOfNoTimeIsNotFed) {
  const std::string ours = absl::StrCat(getpid());
  for (const auto& [usec, pid] :
       std::vector<std::pair<std::string, std::string>>{{"10000000", absl::StrCat(getppid())},
                                                        {"10000000", "x"},
                                                        {"10000000", ""},
                                                        {"0", ours},
                                                        {"-1", ours},
                                                        {"soon", ours}}) {
    ServiceNotifier notifier = Make({{"WATCHDOG_USEC", usec}, {"WATCHDOG_PID", pid}});
    notifier.Ready("serves");
    Next();
    EXPECT_EQ(Next(), "nothing") << usec << " " << pid;
  }
}

INSTANTIATE_TEST_SUITE_P(Sockets, ServiceNotifierTest, testing::Bool());

TEST(ServiceNotifierWithoutSystemdTest, NothingIsToldAndNothingWakesUp) {
  ManualEventLoop loop;
  for (const char* address : {"", "relative", "/no/such/socket"}) {
    const std::map<std::string, std::string, std::less<>> variables = {{"NOTIFY_SOCKET", address}};
    ServiceNotifier notifier(&loop, Environment(variables), getpid());
    notifier.Ready("serves");
    notifier.Stopping();
  }
  const std::map<std::string, std::string, std::less<>> only_time = {{"WATCHDOG_USEC", "10"}};
  ServiceNotifier alone(&loop, Environment(only_time), getpid());
  alone.Ready("serves");
  EXPECT_EQ(loop.timers(), 0u);
}

}  // namespace
}  // namespace mesos_executor::sidecar
