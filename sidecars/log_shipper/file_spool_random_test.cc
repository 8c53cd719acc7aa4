// A task that appends, truncates and writes over, a supervisor that gives up the oldest, and a
// shipper that reads, falls behind, gives back and is restarted: in any order, from a printed seed.
// What is read is what the file holds, each byte of it once.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/file_spool.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr int kLives = 40;
constexpr int kSteps = 300;

class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) {
    std::string path = std::string(getenv("TEST_TMPDIR")) + "/life.XXXXXX";
    task_ = UniqueFd(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
    unlink(path.c_str());
    path += ".offsets";
    offsets_ = UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    unlink(path.c_str());
    Restart();
  }

  void Step() {
    switch (random_() % 12) {
      case 0:
        return Truncate();
      case 1:
        return GiveUp();
      case 2:
        return Restart();
      case 3:
      case 4:
        return spool_->Release(read_);
      case 5:
      case 6:
      case 7:
        return Read(random_() % 20'000);
      default:
        return Append();
    }
  }

  // Reads all there is: exactly what the task has written since its last truncation, but for what
  // was given up.
  void Finish() {
    Read(std::string::npos);
    EXPECT_EQ(read_, content_.size());
  }

 private:
  void Append() {
    // No two lines are the same: a task whose every output is alike can't be told from one that
    // writes nothing.
    std::string lines;
    for (unsigned i = random_() % 200; i > 0; --i) absl::StrAppend(&lines, "line ", ++line_, "\n");
    ASSERT_EQ(write(task_.get(), lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
    content_ += lines;
  }

  void Truncate() {
    ASSERT_EQ(ftruncate(task_.get(), 0), 0);
    content_.clear();
    given_up_ = 0;
    Append();
  }

  void GiveUp() {
    const auto given_up = PunchHole(task_.get(), 0, random_() % (content_.size() + 1));
    ASSERT_TRUE(given_up.ok()) << given_up.status();
    given_up_ = std::max(given_up_, *given_up);
  }

  void Restart() {
    const auto duplicate = [](const UniqueFd& fd) {
      return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    };
    // As a shipper's process dies: it has stored where it was.
    if (spool_ != nullptr) {
      Look();
      spool_->StoreOffset(read_);
    }
    spool_ = std::make_unique<FileSpool>(duplicate(task_),
                                         std::make_shared<OffsetFile>(duplicate(offsets_)),
                                         StreamName::kStdout, uint64_t{1} << 30);
    read_ = spool_->LoadOffset();
  }

  // As the shipper does.
  void Look() {
    auto size = spool_->Size();
    ASSERT_TRUE(size.ok()) << size.status();
    if (*size < read_) read_ = 0;
    size = spool_->Size();
    EXPECT_EQ(*size, content_.size()) << "a truncation is told once";
  }

  void Read(size_t most) {
    Look();
    const uint64_t first = spool_->FirstData(read_).value();
    if (first > read_) {
      EXPECT_TRUE(first <= given_up_ || first == content_.size()) << first << " " << given_up_;
      read_ = first;
    }
    std::string bytes(std::min(most, content_.size() - read_), '\0');
    ASSERT_EQ(spool_->ReadAt(read_, absl::MakeSpan(bytes.data(), bytes.size())).value(),
              bytes.size());
    ASSERT_EQ(bytes, content_.substr(read_, bytes.size())) << "at " << read_;
    read_ += bytes.size();
  }

  std::minstd_rand random_;
  UniqueFd task_;
  UniqueFd offsets_;
  std::unique_ptr<FileSpool> spool_;
  // Of the file, holes included.
  std::string content_;
  uint64_t given_up_ = 0;
  uint64_t read_ = 0;
  int line_ = 0;
};

TEST(FileSpoolRandomTest, WhatIsReadIsWhatTheFileHolds) {
  for (unsigned seed = 1; seed <= kLives; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Life life(seed);
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) life.Step();
    life.Finish();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper
