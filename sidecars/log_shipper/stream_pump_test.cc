#include "sidecars/log_shipper/stream_pump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/fake_format.h"
#include "sidecars/log_shipper/fake_spool.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Time kWall = absl::UnixEpoch();
constexpr uint64_t kWindow = ResendWindow::kBytes;

struct FakeOutput final : ExecutorOutput {
  bool Write(absl::string_view line) override {
    absl::StrAppend(&lines, line, "|");
    return !full;
  }
  std::string lines;
  bool full = false;
};

class StreamPumpTest : public ::testing::Test {
 protected:
  void Make(StreamPump::Options options = {}, bool holds = false) {
    Make(std::make_unique<FakeSpool>(file_), options, holds);
  }
  void Make(std::unique_ptr<Spool> spool, StreamPump::Options options = {}, bool holds = false) {
    options.name = "stdout of web.1";
    auto unparsed = std::make_unique<FakeOutput>();
    unparsed_ = unparsed.get();
    pump_ =
        std::make_unique<StreamPump>(options, std::move(spool), std::make_unique<FakeFormat>(holds),
                                     std::move(unparsed), &counters_);
  }
  // Pumps all that is there, as one connection that starts at `position_`.
  std::string PumpAll() {
    std::string all;
    for (bool more = true; more;) {
      std::string entries;
      more = pump_->Pump(SIZE_MAX, kWall, &entries);
      all += entries;
      position_ += entries.size();
      if (!entries.empty()) pump_->Sent(position_);
    }
    return all;
  }
  void Settle(uint64_t written, absl::Time now = kWall) { pump_->Advance(written, true, now); }
  uint64_t DroppedLines(const char* reason) { return counters_.DroppedLines(reason).value(); }
  uint64_t DroppedBytes(const char* reason) { return counters_.DroppedBytes(reason).value(); }

  std::shared_ptr<FakeFile> file_ = std::make_shared<FakeFile>();
  sidecar::Metrics metrics_;
  Counters counters_{&metrics_};
  FakeOutput* unparsed_ = nullptr;
  std::unique_ptr<StreamPump> pump_;
  uint64_t position_ = 0;
};

TEST_F(StreamPumpTest, WholeLinesAreShippedOnceAndInOrder) {
  Make();
  file_->bytes = "a\nb\r\n\nc";
  EXPECT_EQ(PumpAll(), "<a>\n<b>\n");
  EXPECT_EQ(PumpAll(), "");
  file_->bytes += "c\n";
  EXPECT_EQ(PumpAll(), "<cc>\n");
  EXPECT_EQ(counters_.lines_read.value(), 4u);
  EXPECT_EQ(counters_.bytes_read.value(), file_->bytes.size());
  EXPECT_EQ(counters_.lines_shipped.value(), 3u);
}

TEST_F(StreamPumpTest, ALastLineWithoutANewlineIsShippedWhenTheTaskIsOver) {
  Make();
  file_->bytes = "a\nb";
  EXPECT_EQ(PumpAll(), "<a>\n");
  pump_->End();
  EXPECT_FALSE(pump_->delivered());
  EXPECT_EQ(PumpAll(), "<b>\n");
  EXPECT_FALSE(pump_->delivered());
  Settle(position_);
  EXPECT_TRUE(pump_->delivered());
  EXPECT_TRUE(pump_->keeps());
}

TEST_F(StreamPumpTest, ManyPiecesAndALineLongerThanAPieceArriveWhole) {
  Make();
  std::string expected;
  const auto add = [&](const std::string& line) {
    file_->bytes += line + "\n";
    expected += "<" + line + ">\n";
  };
  for (int i = 0; i < 100'000; ++i) add(absl::StrCat("line ", i));
  add(std::string(3 * LineSplitter::kPiece, 'x'));
  add("the last");
  EXPECT_EQ(PumpAll(), expected);
}

TEST_F(StreamPumpTest, ALongLineThatComesInPartsArrivesWhole) {
  Make();
  const std::string part(LineSplitter::kPiece - 1, 'x');
  file_->bytes = part;
  EXPECT_EQ(PumpAll(), "");
  file_->bytes += part;
  EXPECT_EQ(PumpAll(), "");
  file_->bytes += "\n";
  EXPECT_EQ(PumpAll(), "<" + part + part + ">\n");
}

TEST_F(StreamPumpTest, ALineThatIsTooLongIsCutAndCounted) {
  Make();
  file_->bytes = std::string(3 * LineSplitter::kLongestLine, 'x') + "\nnext\n";
  const std::string entries = PumpAll();
  EXPECT_THAT(entries, HasSubstr("[cut: "));
  EXPECT_THAT(entries, ::testing::EndsWith("<next>\n"));
  EXPECT_EQ(counters_.lines_cut.value(), 1u);
}

TEST_F(StreamPumpTest, HowLongALineMayBeIsASetting) {
  Make({.longest_line = 1024});
  file_->bytes = std::string(1025, 'x') + "\n" + std::string(1024, 'y') + "\n";
  EXPECT_THAT(PumpAll(), AllOf(HasSubstr("[cut: "), HasSubstr(std::string(1024, 'y'))));
  EXPECT_EQ(counters_.lines_cut.value(), 1u);
}

TEST_F(StreamPumpTest, ABatchEndsSoonAfterItsBound) {
  Make();
  for (int i = 0; i < 150'000; ++i) file_->bytes += "x\n";
  std::string entries;
  EXPECT_TRUE(pump_->Pump(SIZE_MAX, kWall, &entries));
  EXPECT_LT(entries.size(), StreamPump::kBatch + 10);
  entries.clear();
  EXPECT_TRUE(pump_->Pump(7, kWall, &entries));
  EXPECT_EQ(entries, "<x>\n<x>\n<x>\n<x>\n<x>\n<x>\n<x>\n");
}

TEST_F(StreamPumpTest, LinesInNoFormatGoToTheExecutorsOwnOutputOnce) {
  Make();
  file_->bytes = "a\n?b\nc\n";
  EXPECT_EQ(PumpAll(), "<a>\n<c>\n");
  pump_->Break();
  unparsed_->full = true;
  EXPECT_EQ(PumpAll(), "<a>\n<c>\n");
  EXPECT_EQ(unparsed_->lines, "?b|");
  EXPECT_EQ(DroppedLines(kUnparsedFull), 0u);
  file_->bytes += "?d\n";
  PumpAll();
  EXPECT_EQ(DroppedLines(kUnparsedFull), 1u);
  EXPECT_EQ(counters_.lines_unparsed.value(), 2u);
}

TEST_F(StreamPumpTest, WhatTheWindowHoldsIsSentAgainAfterABreakAndCountedOnce) {
  Make();
  file_->bytes = "a\n";
  PumpAll();
  file_->bytes += "b\n";
  PumpAll();
  Settle(4 + kWindow);  // The first entry has 4 bytes.
  EXPECT_EQ(file_->offset, 2u);
  pump_->Break();
  position_ = 0;
  EXPECT_EQ(PumpAll(), "<b>\n");
  EXPECT_EQ(counters_.lines_shipped.value(), 2u);
  EXPECT_EQ(counters_.lines_resent.value(), 1u);
}

TEST_F(StreamPumpTest, ANewProcessGoesOnAtTheBase) {
  Make();
  file_->bytes = "a\nb\n";
  PumpAll();
  Settle(position_);
  Settle(position_, kWall + ResendWindow::kTime);
  file_->bytes += "c\nd";
  PumpAll();
  EXPECT_EQ(file_->hole, 4u) << "not given back";
  Make();
  EXPECT_EQ(PumpAll(), "<c>\n");
}

TEST_F(StreamPumpTest, ATruncatedFileIsReadFromItsStartAndTheReaderIsTold) {
  Make();
  file_->bytes = "a\nb\nhalf";
  PumpAll();
  file_->bytes = "c\n";
  EXPECT_EQ(PumpAll(),
            "!stdout of web.1: the task truncated it before all was shipped (4 bytes)\n<c>\n");
  EXPECT_EQ(counters_.truncations.value(), 1u);
  EXPECT_EQ(DroppedBytes(kTruncated), 4u);
  EXPECT_EQ(file_->offset, 0u);
}

TEST_F(StreamPumpTest, AHoleThatTheSupervisorMadeIsSkippedToTheNextLineCountedAndSaid) {
  Make();
  file_->bytes = std::string(100, 'x') + "\nlost\nhere\n";
  file_->hole = 103;  // In the middle of a line.
  EXPECT_EQ(PumpAll(),
            "!stdout of web.1: it grew too long while nobody shipped it, and the oldest "
            "went (106 bytes)\n<here>\n");
  EXPECT_EQ(DroppedBytes(kGivenUp), 106u);
}

TEST_F(StreamPumpTest, ZeroBytesThatTheTaskWroteAreNoHole) {
  Make();
  file_->bytes = std::string("\0a\n", 3);
  EXPECT_EQ(PumpAll(), std::string("<\0a>\n", 5));
}

TEST_F(StreamPumpTest, BeyondTheBoundTheOldestLinesGoAndEachIsCounted) {
  Make({.max_unshipped = 1000});
  for (int i = 0; i < 500; ++i) file_->bytes += "0123456\n";
  EXPECT_FALSE(pump_->KeepBound());
  EXPECT_EQ(DroppedLines(kSpoolFull), 375u);
  EXPECT_EQ(DroppedBytes(kSpoolFull), 3000u);
  Settle(0);
  EXPECT_EQ(file_->offset, 3000u);
  const std::string entries = PumpAll();
  EXPECT_THAT(entries, StartsWith("!stdout of web.1: it grew faster than it could be shipped, and "
                                  "the oldest went (3000 bytes)\n<0123456>\n"));
  EXPECT_EQ(std::count(entries.begin(), entries.end(), '\n'), 126);
}

TEST_F(StreamPumpTest, ALineThatIsPartlyBeyondTheBoundGoesWhole) {
  Make({.max_unshipped = 11});
  file_->bytes = "first\nsecond\nthird\n";
  EXPECT_TRUE(pump_->KeepBound());
  EXPECT_FALSE(pump_->KeepBound());
  EXPECT_EQ(DroppedLines(kSpoolFull), 2u);
  EXPECT_THAT(PumpAll(), HasSubstr("\n<third>\n"));
}

TEST_F(StreamPumpTest, ABreakInTheMiddleOfDroppingSendsTheWindowAgain) {
  Make({.max_unshipped = 11});
  file_->bytes = "first\n";
  EXPECT_EQ(PumpAll(), "<first>\n");
  file_->bytes += "second\nthird\n";
  EXPECT_TRUE(pump_->KeepBound());
  pump_->Break();
  file_->bytes.resize(6);
  EXPECT_THAT(PumpAll(), ::testing::EndsWith("\n<first>\n"));
}

TEST_F(StreamPumpTest, EntriesThatAreTooLongAreDroppedAndCountedOnce) {
  Make({.max_entry = 5});
  file_->bytes = "abc\nabcd\n";
  EXPECT_EQ(PumpAll(), "<abc>\n");
  pump_->Break();
  EXPECT_EQ(PumpAll(), "<abc>\n");
  EXPECT_EQ(DroppedLines(kSizeLimit), 1u);
  EXPECT_EQ(counters_.lines_shipped.value(), 1u);
}

TEST_F(StreamPumpTest, AnEventOfSeveralLinesIsReadAgainFromItsFirstLine) {
  Make({}, /*holds=*/true);
  file_->bytes = "a\nb\n+1\n";
  EXPECT_EQ(PumpAll(), "<a>\n");
  EXPECT_TRUE(pump_->holds());
  pump_->Advance(position_, /*resends=*/false, kWall);
  EXPECT_EQ(file_->offset, 2u);
  pump_->Break();
  file_->bytes += "+2\n";
  EXPECT_EQ(PumpAll(), "");
  std::string entries;
  pump_->FlushHeld(kWall, &entries);
  EXPECT_EQ(entries, "<b+1+2>\n");
  EXPECT_FALSE(pump_->holds());
  pump_->Sent(position_ += entries.size());
  pump_->Advance(position_, /*resends=*/false, kWall);
  EXPECT_EQ(file_->offset, file_->bytes.size());
  EXPECT_EQ(counters_.lines_shipped.value(), 4u);
}

TEST_F(StreamPumpTest, WhatIsGivenUpAtTheEndIsCountedFromWhereTheReceiverHasIt) {
  Make();
  file_->bytes = "a\n";
  PumpAll();
  Settle(position_);
  file_->bytes += "b\nc";
  pump_->End();
  pump_->Abandon();
  EXPECT_FALSE(pump_->KeepBound());
  EXPECT_EQ(DroppedLines(kTooLate), 2u);
  EXPECT_EQ(DroppedBytes(kTooLate), 3u);
  EXPECT_TRUE(pump_->delivered());
}

TEST_F(StreamPumpTest, ANewProcessMayGiveUpWithoutAnyConnection) {
  file_->bytes = "a\nb\n";
  file_->offset = 2;
  Make();
  pump_->End();
  pump_->Abandon();
  EXPECT_FALSE(pump_->KeepBound());
  EXPECT_EQ(DroppedLines(kTooLate), 1u);
  EXPECT_TRUE(pump_->delivered());
}

TEST_F(StreamPumpTest, ANewProcessThatFindsAllDeliveredSaysSo) {
  file_->bytes = "a\nb\n";
  file_->offset = 4;
  Make();
  pump_->End();
  EXPECT_EQ(PumpAll(), "");
  EXPECT_TRUE(pump_->delivered());
}

TEST_F(StreamPumpTest, ATruncatedFileThatHasGrownAgainIsReadAtOnce) {
  // As FileSpool says it.
  struct ZeroOnce final : FakeSpool {
    ZeroOnce(std::shared_ptr<FakeFile> file, bool* zero) : FakeSpool(std::move(file)), zero(zero) {}
    absl::StatusOr<uint64_t> Size() override {
      return std::exchange(*zero, false) ? 0 : FakeSpool::Size();
    }
    bool* zero;
  };
  bool zero = false;
  Make(std::make_unique<ZeroOnce>(file_, &zero));
  file_->bytes = "a\n";
  PumpAll();
  for (const bool measured : {false, true}) {
    file_->bytes = "new\nlines\n";
    zero = true;
    if (measured) {
      EXPECT_EQ(pump_->lag(), file_->bytes.size());
    }
    EXPECT_EQ(PumpAll(), "<new>\n<lines>\n");
  }
  EXPECT_EQ(counters_.truncations.value(), 2u);
}

TEST_F(StreamPumpTest, WhatIsReadBeyondTheSizeThatWasSeenIsNotLost) {
  struct Growing final : FakeSpool {
    explicit Growing(std::shared_ptr<FakeFile> file) : FakeSpool(file), growing(std::move(file)) {}
    absl::StatusOr<size_t> ReadAt(uint64_t offset, absl::Span<char> into) override {
      if (offset == 0 && growing->bytes == "first\n") growing->bytes += "second\n";
      return FakeSpool::ReadAt(offset, into);
    }
    std::shared_ptr<FakeFile> growing;
  };
  file_->bytes = "first\n";
  Make(std::make_unique<Growing>(file_));
  EXPECT_EQ(PumpAll(), "<first>\n<second>\n");
  file_->bytes = "a\n";
  EXPECT_EQ(PumpAll(), "<a>\n");
  EXPECT_EQ(counters_.truncations.value(), 1u);
  EXPECT_EQ(DroppedBytes(kTruncated), 0u);
}

TEST_F(StreamPumpTest, AHoleBeyondTheBoundIsSkippedAtOnce) {
  Make({.max_unshipped = 1000});
  file_->bytes = std::string(8 << 20, 'x') + "\nhere\n";
  file_->hole = 8 << 20;
  int pumps = 0;
  while (pump_->KeepBound()) ++pumps;
  EXPECT_LE(pumps, 3);
  EXPECT_EQ(DroppedBytes(kGivenUp), file_->bytes.size() - 5);
  EXPECT_EQ(DroppedBytes(kSpoolFull), 0u);
  EXPECT_THAT(PumpAll(), ::testing::EndsWith("\n<here>\n"));
}

TEST_F(StreamPumpTest, AHoleInsideOfWhatIsDroppedIsSkipped) {
  Make({.max_unshipped = 10});
  file_->bytes = std::string(1 << 20, 'x') + "\nhere\n";
  EXPECT_TRUE(pump_->KeepBound());
  file_->hole = 1 << 20;
  EXPECT_TRUE(pump_->KeepBound());
  EXPECT_FALSE(pump_->KeepBound());
  EXPECT_EQ(DroppedBytes(kSpoolFull) + DroppedBytes(kGivenUp), (1u << 20) + 1);
  EXPECT_GT(DroppedBytes(kGivenUp), 700'000u);
}

TEST_F(StreamPumpTest, LinesOfAnEventThatWaitsAreCountedWhenTheyAreDropped) {
  Make({.max_unshipped = 100}, /*holds=*/true);
  file_->bytes = "h1\n+h2\n+h3\n";
  EXPECT_EQ(PumpAll(), "");
  for (int i = 100; i < 200; ++i) absl::StrAppend(&file_->bytes, "line ", i, "\n");
  while (pump_->KeepBound()) {
  }
  PumpAll();
  std::string entries;
  pump_->FlushHeld(kWall, &entries);
  EXPECT_EQ(counters_.lines_shipped.value() + DroppedLines(kSpoolFull), 103u);
  EXPECT_EQ(counters_.lines_shipped.value(), 11u);
}

TEST_F(StreamPumpTest, LinesOfAnEventThatWaitsAreCountedWhenTheyAreTruncated) {
  Make({}, /*holds=*/true);
  file_->bytes = "h1\n+h2\n";
  EXPECT_EQ(PumpAll(), "");
  file_->bytes = "n\n";
  PumpAll();
  EXPECT_EQ(DroppedLines(kTruncated), 2u);
  EXPECT_EQ(DroppedBytes(kTruncated), 7u);
}

TEST_F(StreamPumpTest, AnEventThatIsTooLongIsDroppedWithAllItsLinesAlsoWhenItIsFlushed) {
  Make({.max_entry = 5}, /*holds=*/true);
  file_->bytes = "h1\n+h2\n+h3\na\n+bcd\n";
  for (int connection = 0; connection < 2; ++connection) {
    EXPECT_EQ(PumpAll(), "");
    std::string entries;
    pump_->FlushHeld(kWall, &entries);
    EXPECT_EQ(entries, "");
    EXPECT_EQ(DroppedLines(kSizeLimit), 5u);
    EXPECT_EQ(counters_.lines_shipped.value(), 0u);
    pump_->Break();
  }
}

TEST_F(StreamPumpTest, AnEventThatIsSentAgainIsCountedOnce) {
  Make({}, /*holds=*/true);
  file_->bytes = "h1\n+h2\n";
  for (int connection = 0; connection < 2; ++connection) {
    EXPECT_EQ(PumpAll(), "");
    std::string entries;
    pump_->FlushHeld(kWall, &entries);
    EXPECT_EQ(entries, "<h1+h2>\n");
    pump_->Sent(entries.size());
    pump_->Break();
  }
  EXPECT_EQ(counters_.lines_shipped.value(), 2u);
  EXPECT_EQ(counters_.bytes_shipped.value(), 8u);
}

TEST_F(StreamPumpTest, WhatWasDroppedIsCountedOnceHoweverOftenTheConnectionBreaks) {
  Make({.max_unshipped = 11});
  file_->bytes = "first\n";
  PumpAll();
  file_->bytes += "second\nthird\n";
  for (int connection = 0; connection < 3; ++connection) {
    while (pump_->KeepBound()) {
    }
    EXPECT_EQ(DroppedLines(kSpoolFull), 1u);
    EXPECT_EQ(DroppedBytes(kSpoolFull), 7u);
    pump_->Break();
  }
}

TEST_F(StreamPumpTest, ANewProcessSendsNoPartOfALineThatIsDropped) {
  Make({.max_unshipped = 1 << 20});
  file_->bytes = "first\n" + std::string(12 << 20, 'x');
  while (pump_->KeepBound()) {
    Settle(0);
  }
  Settle(0);
  EXPECT_EQ(file_->offset, 6u) << "a line's start";
  file_->hole = 10 << 20;
  Make({.max_unshipped = 100 << 20});
  while (pump_->KeepBound()) {
  }
  PumpAll();
  Settle(0);
  EXPECT_EQ(file_->offset, 6u) << "the line has not ended yet";
  Make({.max_unshipped = 100 << 20});
  file_->bytes += "rest\nnext\n";
  EXPECT_THAT(PumpAll(), ::testing::EndsWith(" bytes)\n<next>\n"));
}

TEST_F(StreamPumpTest, ANoticeIsSaidInTimeThoughNoLineComes) {
  Make();
  const auto truncate = [&](absl::Time wall) {
    file_->bytes += "ab";
    PumpAll();
    file_->bytes.clear();
    std::string entries;
    pump_->Pump(SIZE_MAX, wall, &entries);
    return entries;
  };
  const absl::Time wall = kWall;
  EXPECT_THAT(truncate(wall), StartsWith("!"));
  EXPECT_FALSE(pump_->holds());
  EXPECT_EQ(truncate(wall), "");
  EXPECT_TRUE(pump_->holds()) << "to be pumped again";
  std::string entries;
  pump_->Pump(SIZE_MAX, wall + StreamPump::kNoticePause, &entries);
  EXPECT_THAT(entries, StartsWith("!"));
  EXPECT_THAT(truncate(wall - absl::Hours(1)), StartsWith("!")) << "the clock was set back";
}

}  // namespace
}  // namespace mesos_executor::log_shipper
