#include "sidecars/runtime/unix_listener.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;

class UnixListenerTest : public testing::Test {
 protected:
  UnixListenerTest() {
    // Not TEST_TMPDIR: a socket's path has at most 107 bytes.
    std::string pattern = "/tmp/listener-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    path_ = folder_ + "/run/a.sock";
  }
  ~UnixListenerTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<UnixListener>> Listen(std::optional<gid_t> gid = std::nullopt) {
    return UnixListener::Listen(&loop_, path_, gid, [this](UniqueFd connection) {
      accepted_.push_back(std::move(connection));
      loop_.Stop();
    });
  }

  UniqueFd Connect() {
    UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    if (connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      client.Reset();
    }
    return client;
  }

  AsioEventLoop loop_;
  std::string folder_, path_;
  std::vector<UniqueFd> accepted_;
};

TEST_F(UnixListenerTest, OwnerAndGroupMayConnectAndNobodyElse) {
  const auto listener = Listen(getgid());
  ASSERT_TRUE(listener.ok()) << listener.status();
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
  EXPECT_EQ(status.st_gid, getgid());
  const UniqueFd client = Connect();
  EXPECT_TRUE(client.valid());
  loop_.Run();
  EXPECT_EQ(accepted_.size(), 1u);
}

TEST_F(UnixListenerTest, TheSocketsFileStaysAndWhoConnectsIsRefused) {
  { ASSERT_TRUE(Listen().ok()); }
  EXPECT_TRUE(std::filesystem::is_socket(path_));
  EXPECT_FALSE(Connect().valid());
  EXPECT_EQ(errno, ECONNREFUSED);
  ASSERT_TRUE(Listen().ok());
}

TEST_F(UnixListenerTest, AStaleSocketIsReplaced) {
  std::filesystem::create_directories(folder_ + "/run");
  {
    const UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto listener = Listen();
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(Connect().valid());
}

TEST_F(UnixListenerTest, ALivingListenerIsLeftInPlace) {
  const auto first = Listen();
  const auto second = Listen();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), HasSubstr("another process serves"));
  EXPECT_TRUE(Connect().valid());
}

TEST_F(UnixListenerTest, AFileThatIsNoSocketIsLeftInPlace) {
  std::filesystem::create_directories(folder_ + "/run");
  std::ofstream(path_) << "precious";
  const auto listener = Listen();
  EXPECT_THAT(listener.status().message(), HasSubstr("not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

TEST_F(UnixListenerTest, APathThatIsTooLongIsAClearError) {
  path_ = folder_ + "/" + std::string(120, 'x');
  EXPECT_THAT(Listen().status().message(), HasSubstr("107"));
}

TEST_F(UnixListenerTest, OutOfDescriptorsItWaitsAndThenAccepts) {
  const auto listener = Listen();
  ASSERT_TRUE(listener.ok());
  const UniqueFd client = Connect();
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  const rlimit none = {3, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto raise = loop_.After(absl::Milliseconds(50), [&] {
    EXPECT_TRUE(accepted_.empty());
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
  });
  loop_.Run();
  EXPECT_EQ(accepted_.size(), 1u);
}

}  // namespace
}  // namespace mesos_executor::sidecar
