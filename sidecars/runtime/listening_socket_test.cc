#include "sidecars/runtime/listening_socket.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;

class ListenUnixTest : public testing::Test {
 protected:
  ListenUnixTest() {
    // Not TEST_TMPDIR: a socket's path has at most 107 bytes.
    std::string pattern = "/tmp/listener-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    path_ = folder_ + "/run/a.sock";
  }
  ~ListenUnixTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<UniqueFd> Listen() { return ListenUnix(path_, std::nullopt); }

  UniqueFd Connect(int type = SOCK_STREAM) {
    UniqueFd client(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    if (connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      client.Reset();
    }
    return client;
  }

  std::string folder_, path_;
};

TEST_F(ListenUnixTest, OwnerAndGroupMayConnectAndNobodyElse) {
  const auto listening = ListenUnix(path_, getgid());
  ASSERT_TRUE(listening.ok()) << listening.status();
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
  EXPECT_EQ(status.st_gid, getgid());
  EXPECT_TRUE(Connect().valid());
  EXPECT_EQ(SocketName(listening->get()), "unix:" + path_);
}

TEST_F(ListenUnixTest, TheSocketsFileStaysAndWhoConnectsIsRefused) {
  { ASSERT_TRUE(Listen().ok()); }
  EXPECT_TRUE(std::filesystem::is_socket(path_));
  EXPECT_FALSE(Connect().valid());
  EXPECT_EQ(errno, ECONNREFUSED);
  ASSERT_TRUE(Listen().ok());
}

TEST_F(ListenUnixTest, AStaleSocketIsReplaced) {
  std::filesystem::create_directories(folder_ + "/run");
  {
    const UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto listening = Listen();
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_TRUE(Connect().valid());
}

TEST_F(ListenUnixTest, WhileAStaleSocketIsReplacedThereIsAlwaysOne) {
  { ASSERT_TRUE(Listen().ok()); }
  const UniqueFd events(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(inotify_add_watch(events.get(), (folder_ + "/run").c_str(),
                              IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO),
            0);
  const auto listening = ListenUnix(path_, getgid());
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_TRUE(Connect().valid());
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
  // Nothing else is left.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ + "/run"),
                          std::filesystem::directory_iterator()),
            1);

  alignas(inotify_event) char bytes[4096];
  const ssize_t size = read(events.get(), bytes, sizeof(bytes));
  ASSERT_GT(size, 0);
  for (ssize_t at = 0; at < size;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(bytes + at);
    if (event.name == std::string("a.sock")) {
      EXPECT_EQ(event.mask, IN_MOVED_TO);
    }
    at += sizeof(inotify_event) + event.len;
  }
}

TEST_F(ListenUnixTest, AStaleSocketOfTheLongestPathIsReplacedToo) {
  path_ = folder_ + "/";
  path_ += std::string(107 - path_.size(), 'x');
  { ASSERT_TRUE(Listen().ok()); }
  const auto listening = Listen();
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_TRUE(Connect().valid());
  // Where no other name fits into the folder, the error says so.
  path_ = folder_ + "/";
  path_ += std::string(105 - path_.size(), 'x') + "/s";
  { ASSERT_TRUE(Listen().ok()); }
  EXPECT_THAT(std::string(Listen().status().message()), HasSubstr("folder"));
}

TEST_F(ListenUnixTest, ALivingListenerIsLeftInPlaceAlsoByOneOfAnotherType) {
  const auto first = Listen();
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    const auto second = ListenUnix(path_, std::nullopt, type);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr("another process serves"));
  }
  EXPECT_TRUE(Connect().valid());
}

TEST_F(ListenUnixTest, PacketsAreServedWhereTheyAreAskedFor) {
  const auto listening = ListenUnix(path_, std::nullopt, SOCK_SEQPACKET);
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_TRUE(Connect(SOCK_SEQPACKET).valid());
  EXPECT_FALSE(Connect(SOCK_STREAM).valid());
}

TEST_F(ListenUnixTest, AFileThatIsNoSocketIsLeftInPlace) {
  std::filesystem::create_directories(folder_ + "/run");
  std::ofstream(path_) << "precious";
  EXPECT_THAT(std::string(Listen().status().message()), HasSubstr("not a socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

TEST_F(ListenUnixTest, APathThatIsTooLongIsAClearError) {
  path_ = folder_ + "/" + std::string(120, 'x');
  EXPECT_THAT(std::string(Listen().status().message()), HasSubstr("107"));
}

TEST(ListenTcpTest, PortZeroIsAnyAndTheSocketTellsWhich) {
  const auto first = ListenTcp({"127.0.0.1", 0});
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string name = SocketName(first->get());
  EXPECT_THAT(name, testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  // Taken: the error says where.
  const int port = std::stoi(name.substr(name.find(':') + 1));
  const auto second = ListenTcp({"127.0.0.1", static_cast<uint16_t>(port)});
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(name));
}

TEST(ListenTcpTest, AnAddressThatIsNoneIsRefused) {
  EXPECT_EQ(ListenTcp({"localhost", 0}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::sidecar
