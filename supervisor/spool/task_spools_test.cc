#include "supervisor/spool/task_spools.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "protos/lifecycle/v1/spools.pb.h"
#include "supervisor/base/descriptor_datagram.h"
#include "supervisor/base/sparse_file.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::spool {
namespace {

using lifecycle::v1::Spools;
using ::testing::ElementsAre;

constexpr uint64_t kLimit = 64 << 10;

class TaskSpoolsTest : public testing::Test {
 protected:
  TaskSpoolsTest() {
    std::string pattern = std::string(getenv("TEST_TMPDIR")) + "/task.XXXXXX";
    sandbox_ = mkdtemp(pattern.data());
    lifecycle::v1::Task task;
    task.set_framework_id("f");
    task.set_executor_id("e");
    task.set_task_id("t");
    auto made =
        TaskSpools::Make(&loop_, task, {.sandbox = sandbox_, .limit = kLimit, .incarnation = "i"});
    EXPECT_TRUE(made.ok()) << made.status();
    spools_ = *std::move(made);
    task_ = spools_->TakeTaskOutput();
  }
  ~TaskSpoolsTest() override { std::filesystem::remove_all(sandbox_); }

  // Of the bytes that the task has written to its stdout.
  uint64_t GivenUp() const {
    UniqueFd file(open((sandbox_ + "/.mesos-executor/stdout").c_str(), O_RDONLY | O_CLOEXEC));
    return FirstData(file.get(), 0).value();
  }

  void WriteMuch() {
    const std::string bytes(4 * kLimit, 'x');
    ASSERT_EQ(write(task_.out.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  std::string sandbox_;
  ManualEventLoop loop_;
  std::unique_ptr<TaskSpools> spools_;
  TaskOutput task_;
};

TEST_F(TaskSpoolsTest, WhileNobodyShipsTheLimitIsKeptEachSecond) {
  WriteMuch();
  EXPECT_EQ(GivenUp(), 0u);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(GivenUp(), 3 * kLimit);
  WriteMuch();
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(GivenUp(), 7 * kLimit);
}

TEST_F(TaskSpoolsTest, AShipperThatHasThemKeepsTheLimitItself) {
  const auto shipper = spools_->offer().Connection();
  ASSERT_TRUE(shipper.ok()) << shipper.status();
  WriteMuch();
  loop_.Advance(absl::Seconds(9));
  EXPECT_EQ(GivenUp(), 0u);
}

TEST_F(TaskSpoolsTest, OfAShipperThatHangsTwiceTheLimitIsKept) {
  const auto shipper = spools_->offer().Connection();
  ASSERT_TRUE(shipper.ok()) << shipper.status();
  WriteMuch();
  loop_.Advance(absl::Seconds(10));
  EXPECT_EQ(GivenUp(), 2 * kLimit);
}

TEST_F(TaskSpoolsTest, TheShipperIsToldWhatEachDescriptorIs) {
  const auto shipper = spools_->offer().Connection();
  ASSERT_TRUE(shipper.ok()) << shipper.status();
  const auto datagram = ReceiveDatagram(shipper->get());
  ASSERT_TRUE(datagram.ok()) << datagram.status();
  Spools message;
  ASSERT_TRUE(message.ParseFromString(datagram->bytes));
  EXPECT_EQ(message.incarnation(), "i");
  EXPECT_EQ(message.framework_id(), "f");
  EXPECT_EQ(message.executor_id(), "e");
  EXPECT_EQ(message.task_id(), "t");
  EXPECT_EQ(message.limit_bytes(), kLimit);
  EXPECT_THAT(message.roles(),
              ElementsAre(Spools::STDOUT_SPOOL, Spools::STDERR_SPOOL, Spools::OFFSETS,
                          Spools::EXECUTOR_STDOUT, Spools::EXECUTOR_STDERR));
  ASSERT_EQ(datagram->descriptors.size(), 5u);
  ASSERT_EQ(write(task_.err.get(), "error", 5), 5);
  char text[5];
  EXPECT_EQ(pread(datagram->descriptors[1].get(), text, sizeof(text), 0), 5);
  struct stat ours, theirs;
  ASSERT_EQ(fstat(STDERR_FILENO, &ours), 0);
  ASSERT_EQ(fstat(datagram->descriptors[4].get(), &theirs), 0);
  EXPECT_EQ(theirs.st_ino, ours.st_ino);
}

TEST_F(TaskSpoolsTest, ASecondTaskInTheSameSandboxGetsNoneAndSpoilsNothing) {
  ASSERT_EQ(write(task_.out.get(), "line", 4), 4);
  EXPECT_FALSE(
      TaskSpools::Make(&loop_, {}, {.sandbox = sandbox_, .limit = kLimit, .incarnation = "j"})
          .ok());
  EXPECT_EQ(std::filesystem::file_size(sandbox_ + "/.mesos-executor/stdout"), 4u);
}

TEST(TaskSpoolsUserTest, AUserThatIsNotKnownIsAnError) {
  ManualEventLoop loop;
  EXPECT_TRUE(absl::IsNotFound(
      TaskSpools::Make(&loop, {}, {.sandbox = "/tmp", .user = "no such user"}).status()));
}

}  // namespace
}  // namespace mesos_executor::spool
