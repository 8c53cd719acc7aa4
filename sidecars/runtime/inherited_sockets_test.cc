#include "sidecars/runtime/inherited_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Where the test's sockets stand in for 3, 4, ...: far from all that others open.
constexpr int kFirst = 200;

// Listens at an abstract address of the kernel's choice (unix(7), autobind).
UniqueFd Listening(int type) {
  UniqueFd made(socket(AF_UNIX, type, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  EXPECT_EQ(bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), 0);
  EXPECT_EQ(listen(made.get(), 1), 0);
  return made;
}

void Put(const UniqueFd& socket, int place) { ASSERT_EQ(dup2(socket.get(), place), place); }

absl::StatusOr<InheritedSockets> Take(const std::string& count, const std::string& names) {
  return InheritedSockets::Take(Environment({{"LISTEN_PID", absl::StrCat(getpid())},
                                             {"LISTEN_FDS", count},
                                             {"LISTEN_FDNAMES", names}}),
                                getpid(), kFirst);
}

TEST(InheritedSocketsTest, EachIsClaimedByItsName) {
  Put(Listening(SOCK_STREAM), kFirst);
  Put(Listening(SOCK_SEQPACKET), kFirst + 1);
  auto sockets = Take("2", "lifecycle:fds");
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  EXPECT_THAT(sockets->unclaimed(), ElementsAre("fds", "lifecycle"));
  const auto lifecycle = sockets->Claim(kLifecycleSocket);
  ASSERT_TRUE(lifecycle.ok()) << lifecycle.status();
  EXPECT_EQ(lifecycle->get(), kFirst);
  EXPECT_EQ(fcntl(kFirst, F_GETFD), FD_CLOEXEC);
  EXPECT_NE(fcntl(kFirst, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_THAT(sockets->unclaimed(), ElementsAre("fds"));
  const auto fds = sockets->Claim(kDescriptorSocket, SOCK_SEQPACKET);
  ASSERT_TRUE(fds.ok()) << fds.status();
  EXPECT_EQ(fds->get(), kFirst + 1);
  EXPECT_THAT(sockets->unclaimed(), ElementsAre());
}

TEST(InheritedSocketsTest, ThoseOfAnotherProcessAreNotTouched) {
  Put(Listening(SOCK_STREAM), kFirst);
  for (const char* pid : {"", "1", "x"}) {
    auto sockets = InheritedSockets::Take(
        Environment({{"LISTEN_PID", pid}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "lifecycle"}}),
        getpid(), kFirst);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    const auto socket = sockets->Claim(kLifecycleSocket);
    ASSERT_TRUE(socket.ok());
    EXPECT_FALSE(socket->valid());
  }
  EXPECT_EQ(fcntl(kFirst, F_GETFD), 0);
  EXPECT_EQ(close(kFirst), 0);
}

TEST(InheritedSocketsTest, WhatIsNoListeningSocketOfTheTypeIsAnError) {
  for (const bool listening : {true, false}) {
    Put(listening ? Listening(SOCK_SEQPACKET) : UniqueFd(socket(AF_UNIX, SOCK_STREAM, 0)), kFirst);
    auto sockets = Take("1", "lifecycle");
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    const auto socket = sockets->Claim(kLifecycleSocket);
    EXPECT_EQ(socket.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(socket.status().message()), HasSubstr("ListenStream="));
  }
}

TEST(InheritedSocketsTest, NumbersAndNamesThatMakeNoSenseAreNamed) {
  EXPECT_THAT(std::string(Take("many", "").status().message()), HasSubstr("\"many\""));
  EXPECT_THAT(std::string(Take("-1", "").status().message()), HasSubstr("\"-1\""));
  EXPECT_THAT(std::string(Take("1000", "").status().message()), HasSubstr("LISTEN_FDS"));
  EXPECT_THAT(std::string(Take("1", "").status().message()), HasSubstr("FileDescriptorName="));
  EXPECT_THAT(std::string(Take("1", "lifecycle").status().message()),
              HasSubstr("the inherited socket lifecycle"));
  Put(Listening(SOCK_STREAM), kFirst);
  Put(Listening(SOCK_STREAM), kFirst + 1);
  EXPECT_THAT(std::string(Take("2", "fds:fds").status().message()), HasSubstr("two sockets"));
  EXPECT_NE(close(kFirst), 0);  // Closed already.
}

}  // namespace
}  // namespace mesos_executor::sidecar
