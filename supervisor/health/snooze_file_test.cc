#include "supervisor/health/snooze_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mesos_executor::health {
namespace {

TEST(SnoozeFileTest, OnlyARegularFileOfThatNameInTheSandboxCounts) {
  const std::string sandbox = testing::TempDir() + "/snooze_file_test";
  std::filesystem::remove_all(sandbox);
  std::filesystem::create_directories(sandbox + "/folder");
  EXPECT_FALSE(IsSnoozed(sandbox, ""));
  EXPECT_FALSE(IsSnoozed(sandbox, "file"));
  std::ofstream(sandbox + "/file").close();
  EXPECT_TRUE(IsSnoozed(sandbox, "file"));
  EXPECT_FALSE(IsSnoozed(sandbox, "folder"));
  ASSERT_EQ(mkfifo((sandbox + "/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(IsSnoozed(sandbox, "pipe"));
  std::filesystem::create_symlink("file", sandbox + "/link");
  EXPECT_FALSE(IsSnoozed(sandbox, "link"));
  std::filesystem::remove(sandbox + "/file");
  EXPECT_FALSE(IsSnoozed(sandbox, "file"));
  std::filesystem::remove_all(sandbox);
}

}  // namespace
}  // namespace mesos_executor::health
