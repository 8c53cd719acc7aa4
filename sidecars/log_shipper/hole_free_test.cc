// Spools on file systems that can't give back the start of a file.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "sidecars/log_shipper/file_spool.h"
#include "sidecars/log_shipper/hole_free_folder.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr uint64_t kLimit = 1 << 20;

class HoleFreeTest : public testing::TestWithParam<HoleFree> {
 protected:
  void SetUp() override {
    auto folder = HoleFreeFolder::Mount(GetParam());
    if (!folder.ok()) GTEST_SKIP() << "not to be had here: " << folder.status().message();
    folder_ = *std::move(folder);
    spool_.emplace(Open("stdout", O_RDWR | O_CREAT),
                   std::make_shared<OffsetFile>(Open("offsets", O_RDWR | O_CREAT)),
                   StreamName::kStdout, kLimit);
    task_ = Open("stdout", O_WRONLY | O_APPEND);
  }

  UniqueFd Open(const std::string& name, int flags) const {
    UniqueFd file(open((folder_->path() + "/" + name).c_str(), flags | O_CLOEXEC, 0600));
    EXPECT_TRUE(file.valid()) << name;
    return file;
  }

  void Append(const std::string& text) {
    ASSERT_EQ(write(task_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::string Read(uint64_t offset, size_t size) {
    std::string text(size, '\0');
    text.resize(spool_->ReadAt(offset, absl::MakeSpan(text.data(), size)).value_or(0));
    return text;
  }

  std::unique_ptr<HoleFreeFolder> folder_;
  std::optional<FileSpool> spool_;
  UniqueFd task_;
};

TEST_P(HoleFreeTest, FilesHaveNoHoles) {
  Append(std::string(kLimit, 'x'));
  EXPECT_TRUE(absl::IsUnimplemented(PunchHole(spool_->fd(), 0, kLimit).status()));
  EXPECT_EQ(FirstData(spool_->fd(), 0).value(), 0u);
}

TEST_P(HoleFreeTest, ATaskThatIsShippedInTimeLosesNothingAndItsDiskIsBounded) {
  const std::string piece(kLimit / 4, 'x');
  uint64_t next = 0;
  for (int i = 0; i < 20; ++i) {
    Append(piece);
    const uint64_t size = spool_->Size().value();
    EXPECT_LE(size, kLimit);
    if (size < next) next = 0;
    EXPECT_EQ(Read(next, piece.size()), piece);
    next += piece.size();
    EXPECT_EQ(next, size);
    spool_->StoreOffset(next);
    spool_->Release(next);
  }
  EXPECT_EQ(spool_->lost(), 0u);
}

TEST_P(HoleFreeTest, WhatIsBeyondTheLimitIsGivenUpAndCounted) {
  Append(std::string(kLimit + 10, 'x'));
  spool_->Release(kLimit);
  EXPECT_EQ(spool_->Size().value(), 0u);
  EXPECT_EQ(spool_->lost(), 10u);
  Append("next\n");
  EXPECT_EQ(Read(0, 5), "next\n");
}

INSTANTIATE_TEST_SUITE_P(FileSystems, HoleFreeTest,
                         testing::Values(HoleFree::kVfat, HoleFree::kRamfs), [](const auto& info) {
                           return info.param == HoleFree::kVfat ? "vfat" : "ramfs";
                         });

}  // namespace
}  // namespace mesos_executor::log_shipper
