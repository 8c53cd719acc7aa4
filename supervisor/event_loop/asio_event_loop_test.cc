#include "supervisor/event_loop/asio_event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

TEST(AsioEventLoopTest, TimersFireInOrderOfTimeAndNotBefore) {
  AsioEventLoop loop;
  const absl::Time start = loop.Now();
  std::vector<int> fired;
  auto late = loop.After(absl::Milliseconds(20), [&] {
    fired.push_back(2);
    EXPECT_GE(loop.Now() - start, absl::Milliseconds(20));
    loop.Stop();
  });
  auto early = loop.After(absl::Milliseconds(1), [&] { fired.push_back(1); });
  loop.Run();
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
}

TEST(AsioEventLoopTest, ADestroyedTimerNeverFiresEvenWhenItHasExpired) {
  AsioEventLoop loop;
  std::unique_ptr<Pending> second;
  // Both have expired when the first one runs.
  auto first = loop.After(absl::ZeroDuration(), [&] { second.reset(); });
  second = loop.After(absl::ZeroDuration(), [] { FAIL(); });
  auto end = loop.After(absl::Milliseconds(5), [&] { loop.Stop(); });
  loop.Run();
}

TEST(AsioEventLoopTest, ATimerMayBeDestroyedByItsOwnCallback) {
  AsioEventLoop loop;
  std::unique_ptr<Pending> timer;
  timer = loop.After(absl::ZeroDuration(), [&] {
    timer.reset();
    loop.Stop();
  });
  loop.Run();
  EXPECT_EQ(timer, nullptr);
}

TEST(AsioEventLoopTest, PostsOfAnotherThreadArriveInOrder) {
  AsioEventLoop loop;
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
    loop.Post([&] { loop.Stop(); });
  });
  loop.Run();
  poster.join();
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i);
}

TEST(AsioEventLoopTest, AReadableDescriptorIsReportedUntilItIsNoLongerWatchedAndStaysOpen) {
  AsioEventLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  ASSERT_EQ(write(writer.get(), "ab", 2), 2);
  std::string got;
  std::unique_ptr<Pending> watch;
  watch = loop.WatchReadable(reader.get(), [&] {
    char byte;
    ASSERT_EQ(read(reader.get(), &byte, 1), 1);
    got += byte;
    if (got.size() == 2) {
      watch.reset();
      loop.Stop();
    }
  });
  loop.Run();
  EXPECT_EQ(got, "ab");
  ASSERT_EQ(write(writer.get(), "c", 1), 1);
  char byte;
  EXPECT_EQ(read(reader.get(), &byte, 1), 1);
}

// What was reported of a descriptor that nobody watches any more must not be taken for news of the
// next one, whose watch Asio keeps in the same place.
TEST(AsioEventLoopTest, ANewWatchHearsNothingOfTheOneWhosePlaceItTook) {
  AsioEventLoop loop;
  int ready[2], quiet[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(quiet), 0);
  ASSERT_EQ(write(ready[1], "x", 1), 1);
  const UniqueFd second_of_ready(dup(ready[0]));
  std::unique_ptr<Pending> first, second, next;
  // Both are readable at the same turn; whichever comes first ends the other one.
  const auto replace = [&](std::unique_ptr<Pending>& other) {
    other.reset();
    next = loop.WatchReadable(quiet[0], [] { FAIL() << "nothing can be read"; });
    first.reset();
    second.reset();
  };
  first = loop.WatchReadable(ready[0], [&] { replace(second); });
  second = loop.WatchReadable(second_of_ready.get(), [&] { replace(first); });
  const auto end = loop.After(absl::Milliseconds(5), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_NE(next, nullptr);
  for (const int fd : {ready[0], ready[1], quiet[0], quiet[1]}) close(fd);
}

TEST(AsioEventLoopTest, HangUpIsReported) {
  AsioEventLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  auto watch = loop.WatchReadable(reader.get(), [&] { loop.Stop(); });
  writer.Reset();
  loop.Run();
}

}  // namespace
}  // namespace mesos_executor
