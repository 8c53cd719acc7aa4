#include "supervisor/base/connect.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace mesos_executor {
namespace {

class ConnectTest : public ::testing::Test {
 protected:
  absl::StatusOr<UniqueFd> ConnectTo(const Endpoint& endpoint) {
    absl::StatusOr<UniqueFd> result = absl::UnknownError("not called");
    loop_.io_context().restart();
    auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
    auto pending = Connect(&loop_, endpoint, [&](absl::StatusOr<UniqueFd> fd) {
      result = std::move(fd);
      loop_.Stop();
    });
    loop_.Run();
    return result;
  }

  // A free port of 127.0.0.1, bound.
  TcpEndpoint Bind(UniqueFd* fd) {
    *fd = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    EXPECT_EQ(bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return {"127.0.0.1", PortOf(fd->get(), getsockname)};
  }

  // Of this end (getsockname) or the other (getpeername).
  static uint16_t PortOf(int fd, decltype(getsockname)* name) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    EXPECT_EQ(name(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }

  AsioEventLoop loop_;
};

TEST_F(ConnectTest, GivesANonBlockingSocketThatNoProgramInherits) {
  UniqueFd listener;
  const TcpEndpoint endpoint = Bind(&listener);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const absl::StatusOr<UniqueFd> fd = ConnectTo(endpoint);
  ASSERT_TRUE(fd.ok()) << fd.status();
  EXPECT_TRUE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK);
  const UniqueFd peer(accept(listener.get(), nullptr, nullptr));
  ASSERT_EQ(send(peer.get(), "x", 1, 0), 1);
  pollfd readable{.fd = fd->get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&readable, 1, 60'000), 1);
  char byte = 0;
  EXPECT_EQ(recv(fd->get(), &byte, 1, 0), 1);
}

TEST_F(ConnectTest, APortOnWhichNobodyListensIsUnavailable) {
  UniqueFd bound;
  const absl::StatusOr<UniqueFd> fd = ConnectTo(Bind(&bound));
  EXPECT_EQ(fd.status(), absl::UnavailableError("Connection refused"));
}

// Without the check it takes some 10,000 attempts on average, half a second.
TEST_F(ConnectTest, NeverGivesASocketThatIsConnectedToItself) {
  // The kernel takes ports of one parity for connecting: aim at one of those.
  UniqueFd listener;
  const TcpEndpoint listening = Bind(&listener);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  TcpEndpoint free{"127.0.0.1", 0};
  {
    const absl::StatusOr<UniqueFd> fd = ConnectTo(listening);
    ASSERT_TRUE(fd.ok()) << fd.status();
    free.port = PortOf(fd->get(), getsockname);
  }
  for (int i = 0; i < 30'000; ++i) {
    const absl::StatusOr<UniqueFd> fd = ConnectTo(free);
    if (!fd.ok()) continue;
    ASSERT_NE(PortOf(fd->get(), getsockname), PortOf(fd->get(), getpeername)) << i;
  }
}

TEST_F(ConnectTest, BadEndpointsAreRefused) {
  for (const Endpoint& endpoint :
       {Endpoint(TcpEndpoint{"localhost", 80}), Endpoint(TcpEndpoint{"127.0.0.1", 0}),
        Endpoint(UnixEndpoint{}), Endpoint(UnixEndpoint{std::string(108, 'x')})}) {
    EXPECT_EQ(ConnectTo(endpoint).status().code(), absl::StatusCode::kInvalidArgument)
        << EndpointName(endpoint);
  }
}

TEST_F(ConnectTest, ADestroyedAttemptIsSilent) {
  UniqueFd listener;
  const TcpEndpoint endpoint = Bind(&listener);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  Connect(&loop_, endpoint, [](auto) { FAIL(); }).reset();
  Connect(&loop_, UnixEndpoint{}, [](auto) { FAIL(); }).reset();
  EXPECT_TRUE(ConnectTo(endpoint).ok());
}

}  // namespace
}  // namespace mesos_executor
