#include "supervisor/base/sparse_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

constexpr uint64_t kMany = uint64_t{1} << 20;

// A file as a task has it, in the folder where sandboxes are.
UniqueFd AppendedFile(uint64_t size) {
  std::string path = std::string(getenv("TEST_TMPDIR")) + "/sparse.XXXXXX";
  UniqueFd file(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
  unlink(path.c_str());
  const std::string bytes(size, 'x');
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(size));
  return file;
}

struct stat Stat(const UniqueFd& file) {
  struct stat status;
  EXPECT_EQ(fstat(file.get(), &status), 0);
  return status;
}

TEST(SparseFileTest, AHoleGivesBackTheDiskAndNeitherSizeNorAppendingChange) {
  const UniqueFd file = AppendedFile(kMany);
  ASSERT_EQ(fsync(file.get()), 0);
  const auto before = Stat(file);
  const auto punched = PunchHole(file.get(), 0, kMany / 2);
  if (punched.status().code() == absl::StatusCode::kUnimplemented) {
    GTEST_SKIP() << "the file system of TEST_TMPDIR has no holes";
  }
  ASSERT_TRUE(punched.ok()) << punched.status();
  EXPECT_EQ(*punched, kMany / 2);
  EXPECT_LT(Stat(file).st_blocks, before.st_blocks);
  EXPECT_EQ(Stat(file).st_size, before.st_size);
  ASSERT_EQ(write(file.get(), "end", 3), 3);
  char end[4] = "";
  EXPECT_EQ(pread(file.get(), end, 3, static_cast<off_t>(kMany)), 3);
  EXPECT_STREQ(end, "end");
}

TEST(SparseFileTest, DataStartsWhereTheHoleEnds) {
  const UniqueFd file = AppendedFile(kMany);
  ASSERT_EQ(FirstData(file.get(), 5).value(), 5u);
  const auto punched = PunchHole(file.get(), 0, kMany / 2 + 1);
  if (!punched.ok()) GTEST_SKIP() << punched.status();
  EXPECT_EQ(FirstData(file.get(), 0).value(), *punched);
  EXPECT_EQ(FirstData(file.get(), *punched + 7).value(), *punched + 7);
}

TEST(SparseFileTest, BehindTheEndAndInAHoleUpToTheEndThereIsNoData) {
  const UniqueFd file = AppendedFile(10);
  EXPECT_EQ(FirstData(file.get(), 10).value(), 10u);
  EXPECT_EQ(FirstData(file.get(), 11).value(), 10u);
  ASSERT_EQ(ftruncate(file.get(), 0), 0);
  ASSERT_EQ(ftruncate(file.get(), kMany), 0);
  EXPECT_EQ(FirstData(file.get(), 0).value(), kMany);
}

TEST(SparseFileTest, PartsOfBlocksStay) {
  const UniqueFd file = AppendedFile(3 * 4096);
  const auto punched = PunchHole(file.get(), 0, 4095);
  if (!punched.ok()) GTEST_SKIP() << punched.status();
  EXPECT_EQ(*punched, 0u);
  char first = 0;
  ASSERT_EQ(pread(file.get(), &first, 1, 0), 1);
  EXPECT_EQ(first, 'x');
}

}  // namespace
}  // namespace mesos_executor
