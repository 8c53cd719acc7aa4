#include "sidecars/log_shipper/outputs/silence_watch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

class SilenceWatchTest : public ::testing::Test {
 protected:
  ManualEventLoop loop_;
  Peer peer_ = Peer::kOwesNothing;
  int given_up_ = 0;
  SilenceWatch watch_{&loop_, [this] { return peer_; }, [this] { ++given_up_; }};
};

TEST_F(SilenceWatchTest, NobodyLooksWhileNothingIsOwed) {
  EXPECT_EQ(loop_.timers(), 0u);
  watch_.Sent();
  watch_.Sent();
  EXPECT_EQ(loop_.timers(), 1u);
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SilenceWatchTest, ASilentPeerIsGivenUpAfterHalfAMinute) {
  peer_ = Peer::kSilent;
  watch_.Sent();
  loop_.Advance(absl::Seconds(29));
  EXPECT_EQ(given_up_, 0);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(given_up_, 1);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SilenceWatchTest, AnAnswerStartsTheCountAgain) {
  peer_ = Peer::kSilent;
  watch_.Sent();
  loop_.Advance(absl::Seconds(29));
  peer_ = Peer::kAnswers;
  loop_.Advance(absl::Seconds(5));
  peer_ = Peer::kSilent;
  loop_.Advance(absl::Seconds(25));
  EXPECT_EQ(given_up_, 0);
}

TEST_F(SilenceWatchTest, APeerThatTakesNothingButAnswersIsKept) {
  peer_ = Peer::kAnswers;
  watch_.Sent();
  loop_.Advance(absl::Hours(10));
  EXPECT_EQ(given_up_, 0);
  EXPECT_EQ(loop_.timers(), 1u);
}

// A connection over loopback.
struct Connection {
  UniqueFd ours;
  UniqueFd peers;
};

Connection Connect() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(listener.get(), generic, size), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(getsockname(listener.get(), generic, &size), 0);
  Connection connection;
  connection.ours = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(connection.ours.get(), generic, size), 0);
  connection.peers = UniqueFd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(connection.peers.valid());
  return connection;
}

bool Becomes(int socket, Peer peer) {
  for (int i = 0; i < 60'000; ++i) {
    if (LookAtPeer(socket) == peer) return true;
    poll(nullptr, 0, 1);
  }
  return false;
}

void SendUntilFull(int socket) {
  const std::string bytes(64 << 10, 'x');
  while (send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
}

TEST(LookAtPeerTest, APeerThatReadsOwesNothingSoon) {
  const Connection connection = Connect();
  EXPECT_EQ(LookAtPeer(connection.ours.get()), Peer::kOwesNothing);
  ASSERT_EQ(send(connection.ours.get(), "x", 1, 0), 1);
  EXPECT_TRUE(Becomes(connection.ours.get(), Peer::kOwesNothing));
}

TEST(LookAtPeerTest, APeerThatTakesNothingAnswers) {
  const Connection connection = Connect();
  SendUntilFull(connection.ours.get());
  EXPECT_TRUE(Becomes(connection.ours.get(), Peer::kAnswers));
}

// A filter of the peer's socket throws away what comes, as a dead host would.
TEST(LookAtPeerTest, APeerThatIsGoneIsSilent) {
  const Connection connection = Connect();
  sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program = {1, &drop_all};
  if (setsockopt(connection.peers.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) !=
      0) {
    GTEST_SKIP() << "a filter needs root outside of a sandbox here: " << strerror(errno);
  }
  ASSERT_EQ(send(connection.ours.get(), "x", 1, 0), 1);
  EXPECT_TRUE(Becomes(connection.ours.get(), Peer::kSilent));
  const int unused = 0;
  ASSERT_EQ(
      setsockopt(connection.peers.get(), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)), 0);
  EXPECT_TRUE(Becomes(connection.ours.get(), Peer::kOwesNothing));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
