#include "supervisor/spool/spool_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"

namespace mesos_executor::spool {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SpoolFilesTest : public testing::Test {
 protected:
  SpoolFilesTest() {
    std::string pattern = std::string(getenv("TEST_TMPDIR")) + "/sandbox.XXXXXX";
    sandbox_ = mkdtemp(pattern.data());
  }
  ~SpoolFilesTest() override { fs::remove_all(sandbox_); }

  std::string Path(const std::string& name) const { return sandbox_ + "/.mesos-executor/" + name; }

  static std::string Content(const UniqueFd& file) {
    std::string text(100, '\0');
    const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : size);
    return text;
  }

  std::string sandbox_;
};

TEST_F(SpoolFilesTest, WhatTheTaskAppendsTheShipperReads) {
  const auto files = MakeSpoolFiles(sandbox_, std::nullopt);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(write(files->task.out.get(), "one\n", 4), 4);
  ASSERT_EQ(lseek(files->task.out.get(), 0, SEEK_SET), 0);
  ASSERT_EQ(write(files->task.out.get(), "two\n", 4), 4);
  ASSERT_EQ(write(files->task.err.get(), "error\n", 6), 6);
  EXPECT_EQ(Content(files->out), "one\ntwo\n");
  EXPECT_EQ(Content(files->err), "error\n");
}

TEST_F(SpoolFilesTest, TheTaskCanNeitherReadNorPunchWhatItWasGiven) {
  const auto files = MakeSpoolFiles(sandbox_, std::nullopt);
  ASSERT_TRUE(files.ok()) << files.status();
  for (const UniqueFd* end : {&files->task.out, &files->task.err}) {
    EXPECT_EQ(fcntl(end->get(), F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
  }
  for (const UniqueFd* end : {&files->out, &files->err, &files->offsets}) {
    EXPECT_EQ(fcntl(end->get(), F_GETFL) & O_ACCMODE, O_RDWR);
    EXPECT_EQ(fcntl(end->get(), F_GETFD), FD_CLOEXEC);
  }
}

TEST_F(SpoolFilesTest, OnlyTheirUserMayLookAtThem) {
  const auto files = MakeSpoolFiles(sandbox_, std::nullopt);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(fs::status(sandbox_ + "/.mesos-executor").permissions(), fs::perms::owner_all);
  for (const char* name : {"stdout", "stderr", "offsets"}) {
    EXPECT_EQ(fs::status(Path(name)).permissions(), fs::perms(0600)) << name;
  }
}

TEST_F(SpoolFilesTest, WhatTheNamesLeadToAfterwardsMattersNoMore) {
  const auto files = MakeSpoolFiles(sandbox_, std::nullopt);
  ASSERT_TRUE(files.ok()) << files.status();
  fs::remove(Path("stdout"));
  fs::create_symlink("/etc/passwd", Path("stdout"));
  ASSERT_EQ(write(files->task.out.get(), "line\n", 5), 5);
  EXPECT_EQ(Content(files->out), "line\n");
}

TEST_F(SpoolFilesTest, ALinkInTheFoldersPlaceIsNotFollowed) {
  fs::create_directory(sandbox_ + "/elsewhere");
  fs::create_symlink(sandbox_ + "/elsewhere", sandbox_ + "/.mesos-executor");
  EXPECT_FALSE(MakeSpoolFiles(sandbox_, std::nullopt).ok());
  EXPECT_TRUE(fs::is_empty(sandbox_ + "/elsewhere"));
}

TEST_F(SpoolFilesTest, WhatIsThereAlreadyIsNotOpenedWhateverItIs) {
  alarm(60);
  fs::create_directory(sandbox_ + "/.mesos-executor");
  std::ofstream(sandbox_ + "/precious") << "content";
  for (const auto& plant : std::initializer_list<std::function<void()>>{
           [&] { ASSERT_EQ(mkfifo(Path("stderr").c_str(), 0600), 0); },
           [&] { fs::create_hard_link(sandbox_ + "/precious", Path("stderr")); },
           [&] { fs::create_symlink(sandbox_ + "/precious", Path("stderr")); },
           [&] { fs::create_symlink(sandbox_ + "/new", Path("stderr")); }}) {
    plant();
    EXPECT_THAT(std::string(MakeSpoolFiles(sandbox_, std::nullopt).status().message()),
                HasSubstr("stderr"));
    fs::remove(Path("stdout"));
    fs::remove(Path("stderr"));
  }
  EXPECT_EQ(fs::file_size(sandbox_ + "/precious"), 7u);
  EXPECT_FALSE(fs::exists(sandbox_ + "/new"));
  alarm(0);
}

TEST_F(SpoolFilesTest, WhereFilesMayNotGrowThereAreNone) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit some = {1 << 30, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &some), 0);
  const absl::Status status = MakeSpoolFiles(sandbox_, std::nullopt).status();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(SpoolFilesTest, AMissingSandboxIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(MakeSpoolFiles(sandbox_ + "/none", std::nullopt).status()));
}

}  // namespace
}  // namespace mesos_executor::spool
