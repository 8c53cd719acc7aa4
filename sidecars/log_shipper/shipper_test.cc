#include "sidecars/log_shipper/shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/fake_format.h"
#include "sidecars/log_shipper/fake_output.h"
#include "sidecars/log_shipper/fake_spool.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ShipperTest : public ::testing::Test {
 protected:
  struct Task {
    std::shared_ptr<FakeFile> file = std::make_shared<FakeFile>();
    std::unique_ptr<ShippedStream> stream;
    int delivered = 0;
    int done = 0;

    void Write(const std::string& text) {
      file->bytes += text;
      stream->Changed();
    }
    void End() {
      stream->End([this] { ++delivered; }, [this] { ++done; });
    }
  };

  ShipperTest() { shipper_.ShipTo(&output_); }

  std::unique_ptr<Task> Add(bool holds = false, std::shared_ptr<TokenBucket> pace = nullptr,
                            uint64_t max_unshipped = 1 << 30) {
    auto task = std::make_unique<Task>();
    task->stream =
        shipper_.Add(std::make_unique<StreamPump>(
                         StreamPump::Options{.name = "stdout", .max_unshipped = max_unshipped},
                         std::make_unique<FakeSpool>(task->file),
                         std::make_unique<FakeFormat>(holds), nullptr, &counters_),
                     std::move(pace));
    Settle();
    return task;
  }
  // All that is to happen now.
  void Settle() { loop_.Advance(absl::ZeroDuration()); }
  void Break() {
    output_.is_ready = false;
    output_.sent = 0;
    shipper_.OnBroken(absl::UnavailableError("test"));
  }
  void Reconnect() {
    output_.is_ready = true;
    shipper_.OnReady();
    Settle();
  }

  ManualEventLoop loop_;
  sidecar::Metrics metrics_;
  Counters counters_{&metrics_};
  FakeOutput output_;
  Shipper shipper_{&loop_, &counters_, [] { return absl::UnixEpoch(); }};
};

TEST_F(ShipperTest, TheFirstLineAfterAQuietTimeIsSentAtOnceAndTheNextOnesTogether) {
  const auto task = Add();
  loop_.Advance(absl::Seconds(5));
  task->Write("a\n");
  Settle();
  EXPECT_THAT(output_.batches, ElementsAre("<a>\n"));
  task->Write("b\n");
  loop_.Advance(Shipper::kFlush - absl::Nanoseconds(1));
  task->Write("c\n");
  EXPECT_EQ(output_.batches.size(), 1u);
  loop_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(output_.batches, ElementsAre("<a>\n", "<b>\n<c>\n"));
}

TEST_F(ShipperTest, AFloodDoesNotDelayAQuietTask) {
  const auto flood = Add();
  const auto other = Add();
  const auto quiet = Add();
  loop_.Advance(absl::Seconds(5));
  output_.room = 3;
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    flood->Write(much + "\n");
    other->Write(much + "\n");
  }
  Settle();
  ASSERT_EQ(output_.batches.size(), 3u);
  quiet->Write("quiet\n");
  output_.room = 4;
  shipper_.OnReady();
  Settle();
  EXPECT_EQ(output_.batches.back(), "<quiet>\n");
}

TEST_F(ShipperTest, WhereLinesTakeTimeFewOfAFloodGoBeforeAQuietTasks) {
  const auto flood = Add();
  const auto quiet = Add();
  loop_.Advance(absl::Seconds(5));
  output_.most_lines = 3;
  output_.room = 1;
  flood->Write("1\n2\n3\n4\n5\n");
  Settle();
  quiet->Write("quiet\n");
  output_.room = 10;
  shipper_.OnReady();
  Settle();
  EXPECT_EQ(output_.all, "<1>\n<2>\n<3>\n<quiet>\n<4>\n<5>\n");
}

TEST_F(ShipperTest, FloodsTakeTurns) {
  const auto one = Add();
  const auto two = Add();
  loop_.Advance(absl::Seconds(5));
  std::string ones, twos;
  for (int i = 0; i < 200'000; ++i) {
    ones += "1111111\n";
    twos += "2222222\n";
  }
  one->Write(ones);
  two->Write(twos);
  Settle();
  ASSERT_GT(output_.batches.size(), 8u);
  for (size_t i = 2; i < 8; ++i) EXPECT_NE(output_.batches[i][1], output_.batches[i - 1][1]) << i;
}

TEST_F(ShipperTest, NothingIsReadWhileTheOutputTakesNothing) {
  const auto task = Add();
  output_.is_ready = false;
  task->Write("a\n");
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(counters_.lines_read.value(), 0u);
  EXPECT_EQ(task->stream->lag_bytes(), 2u);
  EXPECT_EQ(task->stream->lag_time(), absl::Minutes(1));
  Reconnect();
  EXPECT_EQ(output_.all, "<a>\n");
  EXPECT_EQ(task->stream->lag_time(), absl::ZeroDuration());
}

TEST_F(ShipperTest, TheBoundIsKeptWhileTheOutputIsAway) {
  const auto task = Add(false, nullptr, /*max_unshipped=*/8);
  output_.is_ready = false;
  task->Write("one\ntwo\n");
  task->Write("three\n");
  loop_.Advance(absl::Seconds(2));
  EXPECT_EQ(counters_.DroppedLines(kSpoolFull).value(), 2u);
  EXPECT_EQ(task->file->offset, 8u) << "the disk wasn't given back";
  Reconnect();
  EXPECT_THAT(output_.all, HasSubstr("\n<three>\n"));
}

TEST_F(ShipperTest, WhatTheWindowHoldsIsSentAgainFirst) {
  const auto task = Add();
  task->Write("a\n");
  loop_.Advance(absl::Seconds(5));
  Break();
  task->Write("b\n");
  Reconnect();
  EXPECT_EQ(output_.all, "<a>\n<a>\n<b>\n");
}

TEST_F(ShipperTest, AfterTheWindowsTimeNothingIsKept) {
  const auto task = Add();
  task->Write("a\n");
  loop_.Advance(absl::Seconds(12));
  EXPECT_EQ(task->file->offset, 2u);
  EXPECT_EQ(loop_.timers(), 0u) << "idle, and still waking up";
  Break();
  Reconnect();
  EXPECT_EQ(output_.all, "<a>\n");
}

TEST_F(ShipperTest, WithoutAWindowNothingIsSentTwice) {
  output_.has_window = false;
  const auto task = Add();
  task->Write("a\n");
  loop_.Advance(absl::Seconds(1));
  Break();
  Reconnect();
  EXPECT_EQ(output_.all, "<a>\n");
}

TEST_F(ShipperTest, APaceHoldsReadingBackAndDropsNothing) {
  const auto task =
      Add(false, std::make_shared<TokenBucket>(/*per_second=*/10, /*burst=*/10, loop_.Now()));
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "x\n";
  task->Write(lines);
  loop_.Advance(Shipper::kFlush);
  EXPECT_EQ(counters_.lines_shipped.value(), 10u);
  loop_.Advance(absl::Seconds(1));
  EXPECT_GE(counters_.lines_shipped.value(), 19u);
  EXPECT_LE(counters_.lines_shipped.value(), 21u);
  loop_.Advance(absl::Seconds(2));
  EXPECT_EQ(counters_.lines_shipped.value(), 30u);
}

TEST_F(ShipperTest, AnEventOfSeveralLinesIsSentWhenNothingFollows) {
  const auto task = Add(/*holds=*/true);
  task->Write("a\n");
  loop_.Advance(Shipper::kEventEnd / 2);
  task->Write("+b\n");
  loop_.Advance(Shipper::kEventEnd / 2 + Shipper::kFlush);
  EXPECT_THAT(output_.batches, IsEmpty());
  loop_.Advance(Shipper::kEventEnd);
  EXPECT_EQ(output_.all, "<a+b>\n");
}

TEST_F(ShipperTest, TheEndIsToldWhenAllIsDeliveredAndAgainWhenNothingIsKept) {
  const auto task = Add();
  output_.stuck = true;
  task->Write("a\nb");
  task->End();
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(output_.all, "<a>\n<b>\n");
  EXPECT_EQ(task->delivered, 0);
  output_.stuck = false;
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(task->delivered, 1);
  EXPECT_EQ(task->done, 0);
  Break();
  Reconnect();
  EXPECT_EQ(output_.all, "<a>\n<b>\n<a>\n<b>\n");
  loop_.Advance(absl::Seconds(12));
  EXPECT_EQ(task->delivered, 1);
  EXPECT_EQ(task->done, 1);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(ShipperTest, ATaskThatWroteNothingIsDoneAtOnce) {
  const auto task = Add();
  task->End();
  loop_.Advance(Shipper::kFlush);
  EXPECT_EQ(task->delivered, 1);
  EXPECT_EQ(task->done, 1);
}

TEST_F(ShipperTest, WhatIsAbandonedIsCountedAndDone) {
  const auto task = Add();
  output_.is_ready = false;
  task->Write("a\nb\n");
  task->End();
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(task->done, 0);
  task->stream->Abandon();
  Settle();
  EXPECT_EQ(task->done, 1);
  EXPECT_EQ(counters_.DroppedLines(kTooLate).value(), 2u);
}

TEST_F(ShipperTest, AStreamMayBeDestroyedByItsOwnEnd) {
  const auto task = Add();
  const auto other = Add();
  task->Write("a\n");
  bool ended = false;
  task->stream->End([] {},
                    [&] {
                      task->stream.reset();
                      other->stream.reset();
                      ended = true;
                    });
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
