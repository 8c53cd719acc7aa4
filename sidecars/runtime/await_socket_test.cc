#include "sidecars/runtime/await_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace mesos_executor::sidecar {
namespace {

absl::StatusOr<UniqueFd> Taken() { return absl::FailedPreconditionError("taken"); }
absl::StatusOr<UniqueFd> Free() { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

TEST(AwaitSocketTest, OneThatIsLetGoOfIsTaken) {
  int calls = 0;
  const auto listening =
      AwaitSocket([&] { return ++calls < 4 ? Taken() : Free(); }, absl::InfiniteDuration());
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_TRUE(listening->valid());
  EXPECT_EQ(calls, 4);
}

TEST(AwaitSocketTest, OneThatIsNotIsRefusedInTheEnd) {
  EXPECT_EQ(AwaitSocket(Taken, absl::Milliseconds(30)).status().message(), "taken");
}

TEST(AwaitSocketTest, WithoutTimeItIsTriedOnce) {
  int calls = 0;
  const auto listening = AwaitSocket(
      [&] {
        ++calls;
        return Taken();
      },
      absl::ZeroDuration());
  EXPECT_TRUE(absl::IsFailedPrecondition(listening.status()));
  EXPECT_EQ(calls, 1);
}

TEST(AwaitSocketTest, WhatIsWrongOtherwiseIsNotWaitedFor) {
  const auto listening =
      AwaitSocket([] { return absl::StatusOr<UniqueFd>(absl::InvalidArgumentError("too long")); },
                  absl::InfiniteDuration());
  EXPECT_TRUE(absl::IsInvalidArgument(listening.status()));
}

}  // namespace
}  // namespace mesos_executor::sidecar
