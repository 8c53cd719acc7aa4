#include "sidecars/log_shipper/outputs/entry_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EntryQueueTest, EntriesComeInOrderAcrossBatches) {
  EntryQueue queue;
  queue.Push("a\nbb\n");
  queue.Push("");
  queue.Push("ccc\n\n");
  EXPECT_EQ(queue.bytes(), 10u);
  EXPECT_THAT(queue.Peek(0), IsEmpty());
  EXPECT_THAT(queue.Peek(3), ElementsAre("a\n", "bb\n", "ccc\n"));
  EXPECT_THAT(queue.Peek(100), ElementsAre("a\n", "bb\n", "ccc\n", "\n"));
  EXPECT_EQ(queue.Pop(), 2u);
  EXPECT_EQ(queue.bytes(), 8u);
  EXPECT_THAT(queue.Peek(2), ElementsAre("bb\n", "ccc\n"));
  EXPECT_EQ(queue.Pop(), 3u);
  EXPECT_EQ(queue.Pop(), 4u);
  EXPECT_EQ(queue.Pop(), 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_THAT(queue.Peek(5), IsEmpty());
}

TEST(EntryQueueTest, ALastEntryWithoutANewlineIsOneToo) {
  EntryQueue queue;
  queue.Push("a\nb");
  EXPECT_THAT(queue.Peek(5), ElementsAre("a\n", "b"));
  queue.Pop();
  EXPECT_EQ(queue.Pop(), 1u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace mesos_executor::log_shipper
