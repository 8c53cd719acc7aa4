#include "sidecars/log_shipper/remembered_spools.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "sidecars/log_shipper/remembered_spools.pb.h"

namespace mesos_executor::log_shipper {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RememberedSpoolsTest : public testing::Test {
 protected:
  RememberedSpoolsTest() {
    std::string pattern = std::string(getenv("TEST_TMPDIR")) + "/remembered.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    auto spools =
        MakeTaskSpools({.uid = getuid(), .task_id = "t"}, "incarnation", 1 << 20,
                       {.out = Open("stdout"), .err = Open("stderr"), .offsets = Open("offsets")});
    EXPECT_TRUE(spools.ok()) << spools.status();
    spools->out.spool->StoreOffset(4);
    record_ = spools->record;
  }
  ~RememberedSpoolsTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  UniqueFd Open(const std::string& name) const {
    UniqueFd file(open(Path(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_EQ(write(file.get(), "one\ntwo\n", 8), 8);
    return file;
  }

  // As the next process does, when the file was tampered with meanwhile.
  absl::Status After(const std::function<void()>& tamper) const {
    tamper();
    return ReopenSpools({.uid = getuid(), .task_id = "t"}, record_).status();
  }

  std::string folder_;
  std::string record_;
};

TEST_F(RememberedSpoolsTest, TheVerySameFilesAreReadOnFromTheirOffsets) {
  auto spools = ReopenSpools({.uid = getuid(), .task_id = "t"}, record_);
  ASSERT_TRUE(spools.ok()) << spools.status();
  EXPECT_EQ(spools->incarnation, "incarnation");
  EXPECT_EQ(spools->limit, 1u << 20);
  EXPECT_EQ(spools->out.spool->LoadOffset(), 4u);
  char line[4];
  EXPECT_EQ(spools->out.spool->ReadAt(4, absl::MakeSpan(line)).value(), 4u);
  EXPECT_EQ(std::string(line, 4), "two\n");
  EXPECT_EQ(spools->err.spool->LoadOffset(), 0u);
  EXPECT_EQ(spools->out.unparsed, nullptr);
  EXPECT_EQ(spools->record, record_) << "it is found once more";
}

TEST_F(RememberedSpoolsTest, AnotherFileInItsPlaceIsNotTouched) {
  EXPECT_TRUE(absl::IsNotFound(After([&] {
    fs::rename(Path("stdout"), Path("moved"));
    Open("stdout");
  })));
}

TEST_F(RememberedSpoolsTest, ASymbolicLinkIsNotFollowedNotEvenToTheFileItself) {
  EXPECT_FALSE(After([&] {
                 fs::rename(Path("stdout"), Path("moved"));
                 fs::create_symlink(Path("moved"), Path("stdout"));
               }).ok());
}

TEST_F(RememberedSpoolsTest, AHardLinkToAnotherFileIsNotTouched) {
  EXPECT_TRUE(absl::IsNotFound(After([&] {
    fs::remove(Path("stderr"));
    fs::create_hard_link(Path("stdout"), Path("stderr"));
  })));
}

TEST_F(RememberedSpoolsTest, AFileWithASecondNameIsNotTouched) {
  EXPECT_TRUE(
      absl::IsNotFound(After([&] { fs::create_hard_link(Path("stdout"), Path("second")); })));
}

TEST_F(RememberedSpoolsTest, AFifoInItsPlaceHoldsNobodyUp) {
  alarm(60);
  EXPECT_TRUE(absl::IsNotFound(After([&] {
    fs::remove(Path("stdout"));
    ASSERT_EQ(mkfifo(Path("stdout").c_str(), 0600), 0);
  })));
  alarm(0);
}

TEST_F(RememberedSpoolsTest, SomebodysLeaseHoldsNobodyUp) {
  alarm(30);  // The lease would for /proc/sys/fs/lease-break-time, 45 s.
  signal(SIGIO, SIG_IGN);
  UniqueFd lessee;
  const absl::Status status = After([&] {
    lessee = UniqueFd(open(Path("stdout").c_str(), O_RDONLY | O_CLOEXEC));
    if (fcntl(lessee.get(), F_SETLEASE, F_RDLCK) != 0) lessee = {};
  });
  alarm(0);
  if (!lessee.valid()) GTEST_SKIP() << "the file system knows no leases";
  EXPECT_FALSE(status.ok());
}

TEST_F(RememberedSpoolsTest, AFileThatIsGoneIsSaidToBe) {
  const absl::Status status = After([&] { fs::remove(Path("offsets")); });
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("offsets")));
}

TEST_F(RememberedSpoolsTest, AFileThatIsNowAnotherUsersIsNotTouched) {
  RememberedSpools record;
  ASSERT_TRUE(record.ParseFromString(record_));
  record.mutable_err()->set_uid(getuid() + 1);
  EXPECT_TRUE(absl::IsNotFound(ReopenSpools({}, record.SerializeAsString()).status()));
}

TEST_F(RememberedSpoolsTest, ARecordThatMakesNoSenseIsRefused) {
  for (const std::string record : {"", "\xff", "x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReopenSpools({}, record).status())) << record;
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper
