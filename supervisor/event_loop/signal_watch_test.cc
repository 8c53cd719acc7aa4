#include "supervisor/event_loop/signal_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <vector>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {
namespace {

TEST(SignalWatchTest, SignalsArriveOnTheLoopAndDoNotEndTheProcess) {
  AsioEventLoop loop;
  std::vector<int> seen;
  auto watch = WatchSignals(&loop, {SIGTERM, SIGUSR1}, [&](int signal) {
    seen.push_back(signal);
    if (seen.size() == 2) loop.Stop();
  });
  ASSERT_TRUE(watch.ok()) << watch.status();
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  ASSERT_EQ(kill(getpid(), SIGTERM), 0);
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGTERM}));
}

TEST(SignalWatchTest, ItMayBeDestroyedByItsOwnCallback) {
  AsioEventLoop loop;
  std::unique_ptr<Pending> watch;
  auto watching = WatchSignals(&loop, {SIGUSR2}, [&](int) {
    watch.reset();
    loop.Stop();
  });
  ASSERT_TRUE(watching.ok());
  watch = *std::move(watching);
  ASSERT_EQ(kill(getpid(), SIGUSR2), 0);
  loop.Run();
  EXPECT_EQ(watch, nullptr);
}

}  // namespace
}  // namespace mesos_executor
