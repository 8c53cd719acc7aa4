#include "sidecars/log_shipper/offset_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace mesos_executor::log_shipper {
namespace {

class OffsetFileTest : public testing::Test {
 protected:
  // As a new process opens it.
  OffsetFile Open() const { return OffsetFile(UniqueFd(fcntl(file_.get(), F_DUPFD_CLOEXEC, 0))); }

  const UniqueFd file_{memfd_create("offsets", MFD_CLOEXEC)};
};

TEST_F(OffsetFileTest, AnEmptyFileMeansTheStart) {
  EXPECT_EQ(Open().Load(StreamName::kStdout), 0u);
  EXPECT_EQ(Open().Load(StreamName::kStderr), 0u);
}

TEST_F(OffsetFileTest, TheNextProcessFindsWhatWasStoredLastForEachStream) {
  {
    OffsetFile file = Open();
    for (const uint64_t offset : {10, 20, 30}) file.Store(StreamName::kStdout, offset);
    file.Store(StreamName::kStderr, uint64_t{1} << 40);
  }
  OffsetFile file = Open();
  EXPECT_EQ(file.Load(StreamName::kStdout), 30u);
  EXPECT_EQ(file.Load(StreamName::kStderr), uint64_t{1} << 40);
  file.Store(StreamName::kStdout, 5);
  EXPECT_EQ(Open().Load(StreamName::kStdout), 5u) << "an offset may go back";
}

TEST_F(OffsetFileTest, WhateverHappensToTheNewestRecordTheOneBeforeItCounts) {
  constexpr uint64_t kOld = 1000, kNew = 2000;
  {
    OffsetFile file = Open();
    file.Store(StreamName::kStdout, kOld);
    file.Store(StreamName::kStdout, kNew);
  }
  // The second one is at the even turn: first in the file.
  char whole[OffsetRecord::kSize];
  ASSERT_EQ(pread(file_.get(), whole, sizeof(whole), 0), static_cast<ssize_t>(sizeof(whole)));
  for (size_t byte = 0; byte < 40; ++byte) {
    char damaged = static_cast<char>(whole[byte] ^ 0x10);
    ASSERT_EQ(pwrite(file_.get(), &damaged, 1, static_cast<off_t>(byte)), 1);
    EXPECT_EQ(Open().Load(StreamName::kStdout), kOld) << byte;
    ASSERT_EQ(pwrite(file_.get(), &whole[byte], 1, static_cast<off_t>(byte)), 1);
  }
  EXPECT_EQ(Open().Load(StreamName::kStdout), kNew);
}

TEST_F(OffsetFileTest, ARecordOfTheOtherStreamMeansNothing) {
  const std::string record = EncodeOffset({.stream = StreamName::kStderr, .sequence = 2});
  EXPECT_TRUE(DecodeOffset(StreamName::kStderr, record));
  EXPECT_FALSE(DecodeOffset(StreamName::kStdout, record));
  EXPECT_FALSE(DecodeOffset(StreamName::kStderr, record.substr(1)));
}

TEST_F(OffsetFileTest, WhereNothingCanBeStoredThisProcessStillKnows) {
  OffsetFile file{UniqueFd(open("/dev/null", O_RDONLY))};
  file.Store(StreamName::kStdout, 7);
  EXPECT_EQ(file.Load(StreamName::kStdout), 7u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
