#include "sidecars/log_shipper/inotify_spool_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <string>

#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

UniqueFd TemporaryFile() {
  std::string path = std::string(getenv("TEST_TMPDIR")) + "/watched.XXXXXX";
  UniqueFd file(mkostemp(path.data(), O_APPEND | O_CLOEXEC));
  unlink(path.c_str());
  return file;
}

void Write(const UniqueFd& file) { ASSERT_EQ(write(file.get(), "x", 1), 1); }

// Without descriptors the kernel gives no instance, as where there are too many of them.
std::unique_ptr<InotifySpoolWatch> WithoutInotify(EventLoop* loop) {
  rlimit before;
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  auto watch = std::make_unique<InotifySpoolWatch>(loop);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  return watch;
}

class InotifySpoolWatchTest : public testing::Test {
 protected:
  InotifySpoolWatchTest() { alarm(60); }
  ~InotifySpoolWatchTest() override { alarm(0); }

  AsioEventLoop loop_;
  InotifySpoolWatch watch_{&loop_};
};

TEST_F(InotifySpoolWatchTest, EachWriteIsToldSooner) {
  const UniqueFd file = TemporaryFile();
  int changes = 0;
  const auto watched = watch_.Watch(file.get(), [&] {
    if (++changes == 2) return loop_.Stop();
    Write(file);
  });
  Write(file);
  loop_.Run();
  EXPECT_EQ(changes, 2);
}

TEST_F(InotifySpoolWatchTest, ATruncationIsToldAndOtherFilesAreNot) {
  const UniqueFd file = TemporaryFile(), other = TemporaryFile();
  Write(file);
  bool wrong = false;
  const auto quiet = watch_.Watch(other.get(), [&] { wrong = true; });
  const auto watched = watch_.Watch(file.get(), [&] { loop_.Stop(); });
  ASSERT_EQ(ftruncate(file.get(), 0), 0);
  loop_.Run();
  EXPECT_FALSE(wrong);
}

TEST_F(InotifySpoolWatchTest, ManyWritesAreOneCall) {
  const UniqueFd file = TemporaryFile();
  int changes = 0;
  const auto watched = watch_.Watch(file.get(), [&] {
    ++changes;
    loop_.Stop();
  });
  for (int i = 0; i < 1000; ++i) Write(file);
  loop_.Run();
  EXPECT_EQ(changes, 1);
}

TEST_F(InotifySpoolWatchTest, AWatchMayBeEndedByItsOwnCallAndByAnothers) {
  const UniqueFd one = TemporaryFile(), two = TemporaryFile();
  std::unique_ptr<Pending> first, second;
  int changes = 0;
  const auto end_both = [&] {
    ++changes;
    first.reset();
    second.reset();
    loop_.Stop();
  };
  first = watch_.Watch(one.get(), end_both);
  second = watch_.Watch(two.get(), end_both);
  Write(one);
  Write(two);
  loop_.Run();
  EXPECT_EQ(changes, 1);
}

TEST_F(InotifySpoolWatchTest, AFileThatIsWatchedTwiceIsToldTwice) {
  const UniqueFd file = TemporaryFile();
  int changes = 0;
  const auto change = [&] {
    if (++changes == 2) loop_.Stop();
  };
  const auto one = watch_.Watch(file.get(), change), two = watch_.Watch(file.get(), change);
  Write(file);
  loop_.Run();
}

TEST(SpoolPollTest, WithoutInotifyFilesAreLookedAtInTurnAndOnlyChangesAreTold) {
  ManualEventLoop loop;
  const auto watch = WithoutInotify(&loop);
  const UniqueFd file = TemporaryFile();
  int changes = 0;
  auto watched = watch->Watch(file.get(), [&] { ++changes; });
  loop.Advance(InotifySpoolWatch::kPoll);
  changes = 0;  // It may be told of what there was before.
  Write(file);
  loop.Advance(InotifySpoolWatch::kPoll);
  EXPECT_EQ(changes, 1);
  loop.Advance(10 * InotifySpoolWatch::kPoll);
  EXPECT_EQ(changes, 1);
  watched.reset();
  EXPECT_EQ(loop.timers(), 0u) << "nothing to look at any more";
}

}  // namespace
}  // namespace mesos_executor::log_shipper
