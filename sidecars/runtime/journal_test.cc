#include "sidecars/runtime/journal.h"

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mesos_executor::sidecar {
namespace {

const TaskKey kTask1 = {1000, "framework", "executor", "task-1"};
const TaskKey kTask2 = {1000, "framework", "executor", "task-2"};

// As a full disk, but for this process alone: no file may grow beyond this (setrlimit(2)).
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    std::signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &old_), 0);
    const rlimit full = {size, old_.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  ~FullDisk() { CHECK_EQ(setrlimit(RLIMIT_FSIZE, &old_), 0); }

 private:
  rlimit old_;
};

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::string pattern = testing::TempDir() + "journal-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern + "/deep/state";
  }

  std::unique_ptr<Journal> Open(const std::string& boot_id = "boot-1") {
    auto journal = Journal::Open(directory_, boot_id);
    CHECK(journal.ok()) << journal.status();
    return *std::move(journal);
  }

  std::string File() const { return directory_ + "/journal"; }
  std::string Bytes() const {
    std::stringstream bytes;
    bytes << std::ifstream(File(), std::ios::binary).rdbuf();
    return bytes.str();
  }

  std::string directory_;
};

TEST_F(JournalTest, WhatIsRememberedOutlivesTheProcessAndWhatIsForgottenDoesNot) {
  {
    auto journal = Open();
    journal->Remember(kTask1, "first");
    journal->Remember(kTask2, "second");
    journal->Remember(kTask1, std::string("replaced\0", 9));
    journal->Forget(kTask2);
  }
  const auto journal = Open();
  ASSERT_EQ(journal->entries().size(), 1u);
  EXPECT_EQ(journal->entries().at(kTask1).record, std::string("replaced\0", 9));
  EXPECT_TRUE(journal->entries().at(kTask1).this_boot);
}

TEST_F(JournalTest, AnotherUsersTaskOfTheSameIdsIsFoundUntilItIsForgotten) {
  auto journal = Open();
  TaskKey other = kTask1;
  other.uid = 7;
  EXPECT_FALSE(journal->HasOfAnotherUser(kTask1));
  journal->Remember({3, "framework", "executor", "task-0"}, "of somebody");
  journal->Remember(kTask1, "mine");
  journal->Remember({2000, "framework", "executor", "task-9"}, "of somebody");
  EXPECT_FALSE(journal->HasOfAnotherUser(kTask1));
  EXPECT_FALSE(journal->HasOfAnotherUser(kTask2));
  EXPECT_TRUE(journal->HasOfAnotherUser(other));
  other.uid = 5000;
  EXPECT_TRUE(journal->HasOfAnotherUser(other));
  journal->Forget(kTask1);
  EXPECT_FALSE(journal->HasOfAnotherUser(other));
}

TEST_F(JournalTest, EntriesKeepTheBootTheyWereWrittenIn) {
  Open("boot-1")->Remember(kTask1, "old");
  Open("boot-2")->Remember(kTask2, "new");
  const auto journal = Open("boot-2");
  EXPECT_FALSE(journal->entries().at(kTask1).this_boot);
  EXPECT_TRUE(journal->entries().at(kTask2).this_boot);
  journal->Remember(kTask1, "old");
  EXPECT_TRUE(journal->entries().at(kTask1).this_boot);
}

TEST_F(JournalTest, CutAtAnyByteItOpensWithTheEntriesBeforeTheCut) {
  size_t first_end;
  {
    auto journal = Open();
    journal->Remember(kTask1, "first");
    first_end = journal->file_size();
    journal->Remember(kTask2, "second");
  }
  const std::string whole = Bytes();
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    std::ofstream(File(), std::ios::binary | std::ios::trunc) << whole.substr(0, cut);
    const size_t expected = cut == whole.size() ? 2 : cut >= first_end ? 1 : 0;
    EXPECT_EQ(Open()->entries().size(), expected) << cut;
    // What was cut is gone from the file too, and what comes after it is read again.
    Open()->Remember(kTask2, "again");
    EXPECT_EQ(Open()->entries().at(kTask2).record, "again") << cut;
  }
}

TEST_F(JournalTest, AFlippedBitNeverInventsAnEntry) {
  size_t first_end;
  {
    auto journal = Open();
    journal->Remember(kTask1, "first");
    first_end = journal->file_size();
    journal->Remember(kTask2, "second");
  }
  const std::string whole = Bytes();
  // One bit of each byte: the format's own test flips all.
  for (size_t byte = 0; byte < whole.size(); ++byte) {
    std::string damaged = whole;
    damaged[byte] ^= 1 << (byte % 8);
    std::ofstream(File(), std::ios::binary | std::ios::trunc) << damaged;
    const auto journal = Open();
    EXPECT_EQ(journal->entries().size(), byte < first_end ? 0u : 1u) << byte;
    for (const auto& [key, entry] : journal->entries()) {
      EXPECT_EQ(entry.record, key == kTask1 ? "first" : "second") << byte;
    }
  }
}

TEST_F(JournalTest, ALeftOverOfARewritingThatCrashedIsHarmless) {
  Open()->Remember(kTask1, "first");
  std::ofstream(directory_ + "/journal.new") << "half of a";
  EXPECT_EQ(Open()->entries().size(), 1u);
}

TEST_F(JournalTest, TheFileStaysBoundedHoweverManyTasksComeAndGo) {
  auto journal = Open();
  journal->Remember(kTask1, "stays");
  for (int i = 0; i < 200; ++i) {
    journal->Remember(kTask2, std::string(4096, 'a' + i % 20));
    journal->Forget(kTask2);
  }
  EXPECT_LT(journal->file_size(), 128u << 10);
  EXPECT_EQ(std::filesystem::file_size(File()), journal->file_size());
  journal.reset();
  EXPECT_EQ(Open()->entries().at(kTask1).record, "stays");
}

TEST_F(JournalTest, ASecondProcessIsRefusedWithAClearError) {
  const auto first = Open();
  const auto second = Journal::Open(directory_, "boot-1");
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(second.status().message().find("--state-dir"), std::string::npos);
}

TEST_F(JournalTest, OnlyItsOwnerMayLookIntoTheDirectory) {
  std::filesystem::create_directories(directory_);
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  const auto journal = Open();
  struct stat status;
  ASSERT_EQ(stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST_F(JournalTest, AFailedWriteIsMadeGoodByTheNextOne) {
  auto journal = Open();
  journal->Remember(kTask1, "first");
  {
    const FullDisk full(journal->file_size() + 10);
    journal->Remember(kTask2, "second");
  }
  journal->Remember(kTask1, "third");
  journal.reset();
  journal = Open();
  EXPECT_EQ(journal->entries().at(kTask1).record, "third");
  EXPECT_EQ(journal->entries().at(kTask2).record, "second");
}

TEST_F(JournalTest, OnAFullDiskItOpensWithWhatItHadAndIsWrittenLater) {
  Open()->Remember(kTask1, "first");
  std::unique_ptr<Journal> journal;
  {
    const FullDisk full(10);
    journal = Open();
  }
  EXPECT_EQ(journal->entries().at(kTask1).record, "first");
  journal->Remember(kTask2, "second");
  journal.reset();
  EXPECT_EQ(Open()->entries().size(), 2u);
}

TEST_F(JournalTest, ARecordThatIsTooLongLeavesTheOlderOne) {
  {
    auto journal = Open();
    journal->Remember(kTask1, "first");
    journal->Remember(kTask1, std::string(2 << 20, 'x'));
    journal->Remember(kTask2, std::string(2 << 20, 'x'));
  }
  const auto journal = Open();
  EXPECT_EQ(journal->entries().at(kTask1).record, "first");
  EXPECT_EQ(journal->entries().size(), 1u);
}

TEST_F(JournalTest, ADirectoryThatCannotBeMadeIsAClearError) {
  std::ofstream(testing::TempDir() + "plain-file") << "x";
  const auto journal = Journal::Open(testing::TempDir() + "plain-file/state", "boot-1");
  EXPECT_FALSE(journal.ok());
  EXPECT_NE(journal.status().message().find("plain-file/state"), std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::sidecar
