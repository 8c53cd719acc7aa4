#include "sidecars/log_shipper/spool_receiver.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <optional>
#include <vector>

#include "protos/lifecycle/v1/spools.pb.h"
#include "supervisor/base/descriptor_datagram.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

using lifecycle::v1::Spools;
using ::testing::HasSubstr;

UniqueFd TemporaryFile(int flags = O_RDWR) {
  std::string path = std::string(getenv("TEST_TMPDIR")) + "/received.XXXXXX";
  UniqueFd file(mkostemp(path.data(), O_CLOEXEC));
  if (flags != O_RDWR) file = UniqueFd(open(path.c_str(), flags | O_CLOEXEC));
  unlink(path.c_str());
  return file;
}

// The supervisor, with the receiver at the other end of a connection.
class SpoolReceiverTest : public testing::Test {
 protected:
  SpoolReceiverTest()
      : receiver_(&loop_, /*foreign_peers=*/false, [this](TaskSpools spools) {
          received_ = std::move(spools);
          loop_.Stop();
        }) {
    alarm(60);
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    supervisor_ = UniqueFd(ends[0]);
    receiver_.Serve(UniqueFd(ends[1]));
    message_.set_incarnation("i");
    message_.set_framework_id("f");
    message_.set_executor_id("e");
    message_.set_task_id("t");
    message_.set_limit_bytes(1 << 20);
    for (const Spools::Role role : {Spools::STDOUT_SPOOL, Spools::STDERR_SPOOL, Spools::OFFSETS}) {
      message_.add_roles(role);
      files_.push_back(TemporaryFile());
    }
  }
  ~SpoolReceiverTest() override { alarm(0); }

  void Send() {
    std::vector<int> fds;
    for (const UniqueFd& file : files_) fds.push_back(file.get());
    ASSERT_TRUE(SendDatagram(supervisor_.get(), message_.SerializeAsString(), fds).ok());
  }

  bool HungUp() const {
    pollfd peer = {.fd = supervisor_.get(), .events = POLLIN};
    return poll(&peer, 1, 0) == 1;
  }

  // Refused, the supervisor sees its connection end.
  void ExpectRefusal() {
    Send();
    const auto watch = loop_.WatchReadable(supervisor_.get(), [&] { loop_.Stop(); });
    loop_.Run();
    EXPECT_FALSE(received_.has_value());
    EXPECT_TRUE(HungUp());
  }

  AsioEventLoop loop_;
  std::optional<TaskSpools> received_;
  SpoolReceiver receiver_;
  UniqueFd supervisor_;
  Spools message_;
  std::vector<UniqueFd> files_;
};

TEST_F(SpoolReceiverTest, TheSpoolsArriveWithTheirOwnersUid) {
  Send();
  loop_.Run();
  ASSERT_TRUE(received_.has_value());
  EXPECT_EQ(received_->key, (sidecar::TaskKey{getuid(), "f", "e", "t"}));
  EXPECT_EQ(received_->incarnation, "i");
  EXPECT_EQ(received_->limit, 1u << 20);
  ASSERT_EQ(pwrite(files_[1].get(), "line\n", 5, 0), 5);
  EXPECT_EQ(received_->err.spool->Size().value(), 5u);
  EXPECT_EQ(received_->out.spool->Size().value(), 0u);
  EXPECT_EQ(received_->out.unparsed, nullptr);
}

TEST_F(SpoolReceiverTest, TheConnectionLastsAsLongAsTheSpoolsAreHeld) {
  Send();
  loop_.Run();
  EXPECT_FALSE(HungUp());
  received_.reset();
  EXPECT_TRUE(HungUp());
}

TEST_F(SpoolReceiverTest, TheExecutorsOutputsComeAlongAndOneThatIsOfNoUseHarmsNothing) {
  message_.add_roles(Spools::EXECUTOR_STDERR);
  files_.push_back(TemporaryFile());
  message_.add_roles(Spools::EXECUTOR_STDOUT);
  files_.push_back(TemporaryFile(O_RDONLY));
  Send();
  loop_.Run();
  ASSERT_TRUE(received_.has_value());
  EXPECT_EQ(received_->out.unparsed, nullptr);
  ASSERT_NE(received_->err.unparsed, nullptr);
  EXPECT_TRUE(received_->err.unparsed->Write("unparsed"));
  char text[9];
  EXPECT_EQ(pread(files_[3].get(), text, sizeof(text), 0), 9);
}

TEST_F(SpoolReceiverTest, GarbageIsRefused) {
  message_.clear_task_id();
  ExpectRefusal();
}

TEST_F(SpoolReceiverTest, APipeInPlaceOfASpoolIsRefused) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd writer(ends[1]);
  files_[0] = UniqueFd(ends[0]);
  ExpectRefusal();
}

TEST_F(SpoolReceiverTest, AFileThatThePeerMayOnlyReadOrOnlyWriteIsRefused) {
  files_[2] = TemporaryFile(O_RDONLY);
  ExpectRefusal();
}

TEST_F(SpoolReceiverTest, ADatagramWithoutDescriptorsIsRefused) {
  files_.clear();
  ExpectRefusal();
}

TEST_F(SpoolReceiverTest, WhatNeverSendsIsLeftAloneUntilItsTimeIsOver) {
  // Another connection is served meanwhile.
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd silent = std::move(supervisor_);
  supervisor_ = UniqueFd(ends[0]);
  receiver_.Serve(UniqueFd(ends[1]));
  Send();
  loop_.Run();
  EXPECT_TRUE(received_.has_value());
}

TEST(CheckSpoolFileTest, AnotherUsersFileIsNoSpoolExceptForRoot) {
  const UniqueFd file = TemporaryFile();
  EXPECT_TRUE(CheckSpoolFile(file.get(), getuid(), "stdout").ok());
  EXPECT_TRUE(CheckSpoolFile(file.get(), 0, "stdout").ok());
  EXPECT_THAT(std::string(CheckSpoolFile(file.get(), getuid() + 1, "stdout").message()),
              HasSubstr("stdout belongs to the user"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
