#include "sidecars/log_shipper/file_spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr uint64_t kLimit = 1 << 20;

absl::StatusOr<uint64_t> CannotPunch(int, uint64_t, uint64_t) {
  return absl::UnimplementedError("no holes here");
}

class FileSpoolTest : public testing::Test {
 protected:
  FileSpoolTest() {
    std::string path = std::string(getenv("TEST_TMPDIR")) + "/spool.XXXXXX";
    file_ = UniqueFd(mkostemp(path.data(), O_CLOEXEC));
    task_ = UniqueFd(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    path += ".offsets";
    offsets_ = UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_TRUE(file_.valid() && task_.valid() && offsets_.valid());
  }

  // As the shipper's next process has it.
  FileSpool Spool(HolePuncher punch = PunchHole) const {
    return FileSpool(
        UniqueFd(fcntl(file_.get(), F_DUPFD_CLOEXEC, 0)),
        std::make_shared<OffsetFile>(UniqueFd(fcntl(offsets_.get(), F_DUPFD_CLOEXEC, 0))),
        StreamName::kStdout, kLimit, std::move(punch));
  }

  void Write(const std::string& text) {
    ASSERT_EQ(write(task_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // As a shell does it: `echo -n text > /dev/stdout`.
  void TruncateAndWrite(const std::string& text) {
    const std::string self = absl::StrCat("/proc/self/fd/", task_.get());
    const UniqueFd again(open(self.c_str(), O_WRONLY | O_TRUNC));
    ASSERT_EQ(write(again.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  static std::string Read(FileSpool& spool, uint64_t offset, size_t most = 1 << 20) {
    std::string text(most, '\0');
    const auto size = spool.ReadAt(offset, absl::MakeSpan(text.data(), text.size()));
    EXPECT_TRUE(size.ok()) << size.status();
    text.resize(size.value_or(0));
    return text;
  }

  uint64_t DiskUse() const {
    struct stat status;
    EXPECT_EQ(fstat(file_.get(), &status), 0);
    return status.st_blocks * 512;
  }

  UniqueFd file_;
  UniqueFd task_;
  UniqueFd offsets_;
};

TEST_F(FileSpoolTest, WhatTheTaskAppendsIsRead) {
  FileSpool spool = Spool();
  EXPECT_EQ(spool.Size().value(), 0u);
  EXPECT_EQ(Read(spool, 0), "");
  Write("one\n");
  EXPECT_EQ(spool.Size().value(), 4u);
  EXPECT_EQ(Read(spool, 0), "one\n");
  Write("two\n");
  EXPECT_EQ(Read(spool, 4), "two\n");
  EXPECT_EQ(Read(spool, 2, 3), "e\nt");
  EXPECT_EQ(spool.Size().value(), 8u);
}

TEST_F(FileSpoolTest, WhatIsReleasedTakesNoDiskAndTheRestStays) {
  FileSpool spool = Spool();
  Write(std::string(600'000, 'x') + "end");
  ASSERT_EQ(fsync(file_.get()), 0);
  const uint64_t before = DiskUse();
  spool.Release(600'000);
  EXPECT_LT(DiskUse(), before / 2);
  EXPECT_EQ(spool.Size().value(), 600'003u);
  const uint64_t first = spool.FirstData(0).value();
  EXPECT_GT(first, 500'000u);
  EXPECT_LE(first, 600'000u);
  EXPECT_EQ(Read(spool, 600'000), "end");
}

TEST_F(FileSpoolTest, AFileThatIsShorterThanBeforeSaysSo) {
  FileSpool spool = Spool();
  Write("a long line\n");
  Read(spool, 0);
  TruncateAndWrite("short\n");
  EXPECT_EQ(spool.Size().value(), 0u) << "a pump may have taken less than it read";
  EXPECT_EQ(spool.Size().value(), 6u);
  EXPECT_EQ(Read(spool, 0), "short\n");
}

TEST_F(FileSpoolTest, AFileThatWasTruncatedAndHasGrownAgainStartsAgainOnce) {
  FileSpool spool = Spool();
  Write("first\n");
  Read(spool, 0);
  for (const std::string text : {"other\n", "a longer one\n"}) {
    TruncateAndWrite(text);
    EXPECT_EQ(spool.Size().value(), 0u) << text;
    EXPECT_EQ(spool.Size().value(), text.size());
    EXPECT_EQ(Read(spool, 0), text);
    EXPECT_EQ(spool.Size().value(), text.size());
  }
}

TEST_F(FileSpoolTest, ReleasingUpToTheEndIsNotTakenForATruncation) {
  FileSpool spool = Spool();
  const std::string text(8 * 4096, 'x');
  Write(text);
  Read(spool, 0);
  spool.Release(text.size());
  EXPECT_EQ(spool.Size().value(), text.size());
  Write("more");
  EXPECT_EQ(spool.Size().value(), text.size() + 4);
  EXPECT_EQ(Read(spool, text.size()), "more");
}

TEST_F(FileSpoolTest, WhatTheSupervisorGaveUpIsNotTakenForATruncation) {
  FileSpool spool = Spool();
  Write(std::string(8 * 4096, 'x'));
  for (const uint64_t read : {4096 + 10, 2 * 4096 + 100, 3 * 4096}) {
    Read(spool, 0, read);
    // In the midst of what was read last, behind it, and far beyond.
    for (const uint64_t given_up : {read - read % 4096, read + 4096}) {
      ASSERT_TRUE(PunchHole(file_.get(), 0, given_up).ok());
      EXPECT_EQ(spool.Size().value(), 8 * 4096u) << read << " " << given_up;
    }
  }
}

TEST_F(FileSpoolTest, ReadingAgainFromEarlierIsNotTakenForATruncation) {
  FileSpool spool = Spool();
  Write("one\ntwo\n");
  Read(spool, 0);
  Read(spool, 0, 4);
  Write("three\n");
  EXPECT_EQ(spool.Size().value(), 14u);
}

TEST_F(FileSpoolTest, TheNextProcessGoesOnWhereThisOneStopped) {
  Write("one\ntwo\n");
  Spool().StoreOffset(4);
  EXPECT_EQ(Spool().LoadOffset(), 4u);
  TruncateAndWrite("x");
  EXPECT_EQ(Spool().LoadOffset(), 0u) << "an offset beyond the end is none";
}

TEST_F(FileSpoolTest, WithoutHolesAReleasedFileIsTruncatedOnceItIsLong) {
  FileSpool spool = Spool(CannotPunch);
  Write(std::string(kLimit / 2, 'x'));
  spool.Release(kLimit / 2);
  EXPECT_EQ(spool.Size().value(), kLimit / 2) << "not long yet";
  Write("x");
  spool.Release(kLimit / 2);
  EXPECT_EQ(spool.Size().value(), kLimit / 2 + 1) << "not all of it is released";
  spool.Release(kLimit / 2 + 1);
  EXPECT_EQ(spool.Size().value(), 0u);
  EXPECT_EQ(spool.lost(), 0u);
  Write("next");
  EXPECT_EQ(Read(spool, 0), "next");
}

TEST_F(FileSpoolTest, WithoutHolesAFileBeyondTheBoundIsTruncatedAndTheLossCounted) {
  FileSpool spool = Spool(CannotPunch);
  Write(std::string(kLimit + 1, 'x'));
  spool.Release(kLimit - 9);
  EXPECT_EQ(spool.Size().value(), 0u);
  EXPECT_EQ(spool.lost(), 10u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
