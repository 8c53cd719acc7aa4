#include "sidecars/runtime/await_journal.h"

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

class AwaitJournalTest : public testing::Test {
 protected:
  AwaitJournalTest() {
    std::string pattern = testing::TempDir() + "/await-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~AwaitJournalTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<Journal>> Await(absl::Duration at_most) {
    return AwaitJournal(folder_, "boot", at_most, &notifier_);
  }

  ManualEventLoop loop_;
  ServiceNotifier notifier_{&loop_, Environment(), getpid()};
  std::string folder_;
};

TEST_F(AwaitJournalTest, AFreeJournalIsTakenAtOnce) {
  EXPECT_TRUE(Await(absl::ZeroDuration()).ok());
}

TEST_F(AwaitJournalTest, OneThatIsHeldIsTakenWithAllThatIsInItOnceItIsLetGo) {
  auto held = Journal::Open(folder_, "boot");
  ASSERT_TRUE(held.ok());
  int told_to_end[2];
  ASSERT_EQ(pipe(told_to_end), 0);
  // The other process; the lock is free when both of us have closed it (flock(2)).
  const pid_t child = fork();
  if (child == 0) {
    (*held)->Remember({1, "f", "e", "t"}, "record");
    char byte;
    _exit(read(told_to_end[0], &byte, 1) == 1 ? 0 : 1);
  }
  held->reset();
  EXPECT_EQ(Await(absl::Milliseconds(50)).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(write(told_to_end[1], "x", 1), 1);
  const auto journal = Await(absl::Minutes(1));
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ((*journal)->entries().size(), 1u);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST_F(AwaitJournalTest, ASignalEndsTheWait) {
  const auto held = Journal::Open(folder_, "boot");
  ASSERT_TRUE(held.ok());
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ASSERT_EQ(sigprocmask(SIG_BLOCK, &term, nullptr), 0);
  ASSERT_EQ(kill(getpid(), SIGTERM), 0);
  EXPECT_EQ(Await(absl::Minutes(1)).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(AwaitJournalTest, WhatIsWrongOtherwiseIsNotWaitedFor) {
  std::filesystem::remove(folder_);
  EXPECT_TRUE(std::filesystem::create_directories(folder_ + "/journal/x"));
  const auto journal = Await(absl::Hours(1));
  EXPECT_FALSE(journal.ok());
  EXPECT_NE(journal.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mesos_executor::sidecar
