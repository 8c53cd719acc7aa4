#include "supervisor/spool/spool_bound.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor::spool {
namespace {

constexpr uint64_t kLimit = 256 << 10;

class SpoolBoundTest : public testing::Test {
 protected:
  SpoolBoundTest() {
    std::string path = std::string(getenv("TEST_TMPDIR")) + "/bound.XXXXXX";
    file_ = UniqueFd(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
    unlink(path.c_str());
  }

  void Append(uint64_t size, char byte = 'x') {
    const std::string bytes(size, byte);
    ASSERT_EQ(write(file_.get(), bytes.data(), size), static_cast<ssize_t>(size));
  }
  uint64_t Size() const {
    struct stat status;
    EXPECT_EQ(fstat(file_.get(), &status), 0);
    return status.st_size;
  }

  UniqueFd file_;
};

TEST_F(SpoolBoundTest, WithinTheLimitAllStays) {
  SpoolBound bound(file_.get());
  EXPECT_EQ(bound.Keep(kLimit).value(), 0u);
  Append(kLimit);
  EXPECT_EQ(bound.Keep(kLimit).value(), 0u);
}

TEST_F(SpoolBoundTest, BeyondItTheOldestGoesAndTheNewestStays) {
  SpoolBound bound(file_.get());
  uint64_t given_up = 0;
  for (int i = 0; i < 10; ++i) {
    Append(kLimit / 2 - 1);
    const auto kept = bound.Keep(kLimit);
    ASSERT_TRUE(kept.ok()) << kept.status();
    given_up += *kept;
  }
  Append(3, 'y');
  // Blocks are given up whole: a little less than what is too much.
  EXPECT_EQ(FirstData(file_.get(), 0).value(), given_up);
  EXPECT_GE(Size() - given_up, kLimit);
  EXPECT_LT(Size() - given_up, kLimit + (64 << 10));
  char last = 0;
  ASSERT_EQ(pread(file_.get(), &last, 1, static_cast<off_t>(Size() - 1)), 1);
  EXPECT_EQ(last, 'y');
}

TEST_F(SpoolBoundTest, WhatWasShippedIsNotGivenUpAgain) {
  SpoolBound bound(file_.get());
  Append(2 * kLimit);
  ASSERT_TRUE(PunchHole(file_.get(), 0, kLimit).ok());
  EXPECT_EQ(bound.Keep(kLimit).value(), 0u);
}

TEST_F(SpoolBoundTest, ATaskThatTruncatesItsOutputLosesNothingToUs) {
  SpoolBound bound(file_.get());
  Append(3 * kLimit);
  EXPECT_GT(bound.Keep(kLimit).value(), 0u);
  ASSERT_EQ(ftruncate(file_.get(), 0), 0);
  Append(10);
  EXPECT_EQ(bound.Keep(kLimit).value(), 0u);
  EXPECT_EQ(Size(), 10u);
}

TEST_F(SpoolBoundTest, WithoutHolesAllGoesAndIsCounted) {
  SpoolBound bound(file_.get(),
                   [](int, uint64_t, uint64_t) { return absl::UnimplementedError("no holes"); });
  Append(kLimit + 1);
  EXPECT_EQ(bound.Keep(kLimit).value(), kLimit + 1);
  EXPECT_EQ(Size(), 0u);
}

TEST_F(SpoolBoundTest, AnyOtherFailureLeavesTheFileAsItIs) {
  SpoolBound bound(file_.get(),
                   [](int, uint64_t, uint64_t) { return absl::PermissionDeniedError("sealed"); });
  Append(kLimit + 1);
  EXPECT_TRUE(absl::IsPermissionDenied(bound.Keep(kLimit).status()));
  EXPECT_EQ(Size(), kLimit + 1);
}

}  // namespace
}  // namespace mesos_executor::spool
