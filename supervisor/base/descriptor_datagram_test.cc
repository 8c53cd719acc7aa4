#include "supervisor/base/descriptor_datagram.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <vector>

namespace mesos_executor {
namespace {

using absl::StatusCode;

class DescriptorDatagramTest : public testing::Test {
 protected:
  DescriptorDatagramTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    sender_ = UniqueFd(ends[0]);
    receiver_ = UniqueFd(ends[1]);
  }
  UniqueFd sender_;
  UniqueFd receiver_;
};

TEST_F(DescriptorDatagramTest, BytesAndDescriptorsComeTogetherAndInOrder) {
  const UniqueFd one(memfd_create("one", 0)), two(memfd_create("two", 0));
  ASSERT_TRUE(SendDatagram(sender_.get(), "hello", {one.get(), two.get()}).ok());
  const auto got = ReceiveDatagram(receiver_.get());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->bytes, "hello");
  ASSERT_EQ(got->descriptors.size(), 2u);
  struct stat sent, received;
  ASSERT_EQ(fstat(two.get(), &sent), 0);
  ASSERT_EQ(fstat(got->descriptors[1].get(), &received), 0);
  EXPECT_EQ(received.st_ino, sent.st_ino);
  EXPECT_EQ(fcntl(got->descriptors[1].get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(DescriptorDatagramTest, NothingYetIsToldFromTheEnd) {
  EXPECT_EQ(ReceiveDatagram(receiver_.get()).status().code(), StatusCode::kUnavailable);
  ASSERT_TRUE(SendDatagram(sender_.get(), "last", {}).ok());
  sender_.Reset();
  EXPECT_TRUE(ReceiveDatagram(receiver_.get()).ok()) << "what was sent outlives its sender";
  EXPECT_EQ(ReceiveDatagram(receiver_.get()).status().code(), StatusCode::kOutOfRange);
}

TEST_F(DescriptorDatagramTest, TooMuchIsNeitherSentNorReceived) {
  const std::string most(kMaxDatagram, 'x'), more = most + "x";
  EXPECT_TRUE(SendDatagram(sender_.get(), most, {}).ok());
  EXPECT_TRUE(ReceiveDatagram(receiver_.get()).ok());
  EXPECT_EQ(SendDatagram(sender_.get(), more, {}).code(), StatusCode::kInvalidArgument);
  ASSERT_EQ(send(sender_.get(), more.data(), more.size(), 0), static_cast<ssize_t>(more.size()));
  EXPECT_EQ(ReceiveDatagram(receiver_.get()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(DescriptorDatagramTest, TooManyDescriptorsAreRefusedAndAllClosed) {
  constexpr size_t kCount = kMaxDatagramDescriptors + 2;
  alignas(cmsghdr) char control[CMSG_SPACE(kCount * sizeof(int))] = {};
  iovec data = {control, 1};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(kCount * sizeof(int));
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reader(pipe_ends[0]);
  UniqueFd writer(pipe_ends[1]);
  const std::vector<int> all(kCount, writer.get());
  memcpy(CMSG_DATA(part), all.data(), sizeof(int) * kCount);
  ASSERT_EQ(sendmsg(sender_.get(), &message, 0), 1);
  EXPECT_EQ(ReceiveDatagram(receiver_.get()).status().code(), StatusCode::kResourceExhausted);
  writer.Reset();
  char byte;
  EXPECT_EQ(read(reader.get(), &byte, 1), 0) << "a copy of the writing end is still open";
}

TEST_F(DescriptorDatagramTest, APeerThatIsGoneIsAnErrorAndNoSignal) {
  receiver_.Reset();
  EXPECT_FALSE(SendDatagram(sender_.get(), "x", {}).ok());
}

TEST(DescriptorSocketTest, IsBesideTheSidecarsOwn) {
  EXPECT_EQ(DescriptorSocket("/run/mesos-executor/log-shipper.sock"),
            "/run/mesos-executor/log-shipper.fds");
  EXPECT_EQ(DescriptorSocket("/run/shipper"), "/run/shipper.fds");
}

}  // namespace
}  // namespace mesos_executor
