// ThreadSanitizer finds a race of our own.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>

namespace {

[[maybe_unused]] void Race() {
  int shared = 0;
  std::thread other([&] { ++shared; });
  ++shared;
  other.join();
  exit(shared == 2 ? 0 : 1);
}

TEST(TsanTest, FindsARaceOfOurs) {
#ifdef __SANITIZE_THREAD__
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(Race(), testing::ExitedWithCode(66), "data race");
#else
  GTEST_SKIP() << "built without ThreadSanitizer: see deploy/test tsan";
#endif
}

}  // namespace
