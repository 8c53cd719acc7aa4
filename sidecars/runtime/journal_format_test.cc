#include "sidecars/runtime/journal_format.h"

#include <gtest/gtest.h>

namespace mesos_executor::sidecar {
namespace {

JournalRecord Record(int number) {
  JournalRecord record;
  record.set_boot_id("boot");
  record.set_uid(1000 + number);
  record.set_framework_id("framework");
  record.set_executor_id("executor");
  record.set_task_id("task-" + std::to_string(number));
  if (number % 2 == 0) record.set_remembered(std::string("\0MXJ\x01 binary", 12));
  return record;
}

std::string Text(const JournalRecord& record) { return record.SerializeAsString(); }

std::vector<std::string> Texts(const DecodedJournal& decoded) {
  std::vector<std::string> texts;
  for (const JournalRecord& record : decoded.records) texts.push_back(Text(record));
  return texts;
}

TEST(JournalFormatTest, WhatWasWrittenIsReadInOrder) {
  const auto decoded =
      DecodeFrames(EncodeFrame(Record(0)) + EncodeFrame(Record(1)) + EncodeFrame(Record(2)));
  EXPECT_EQ(Texts(decoded), (std::vector{Text(Record(0)), Text(Record(1)), Text(Record(2))}));
  EXPECT_EQ(decoded.damaged_bytes, 0u);
}

TEST(JournalFormatTest, CutAtAnyByteItGivesTheWholeFramesBeforeTheCut) {
  std::string bytes;
  std::vector<size_t> ends = {0};
  std::vector<std::string> texts;
  for (int i = 0; i < 4; ++i) {
    bytes += EncodeFrame(Record(i));
    ends.push_back(bytes.size());
    texts.push_back(Text(Record(i)));
  }
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto decoded = DecodeFrames(std::string_view(bytes).substr(0, cut));
    size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= cut) ++whole;
    EXPECT_EQ(Texts(decoded), std::vector(texts.begin(), texts.begin() + whole)) << cut;
    EXPECT_EQ(decoded.damaged_bytes, cut - ends[whole]) << cut;
  }
}

TEST(JournalFormatTest, AFlippedBitCostsWhatIsBehindItAndNothingBefore) {
  const std::string frames[] = {EncodeFrame(Record(0)), EncodeFrame(Record(1)),
                                EncodeFrame(Record(2))};
  const std::string bytes = frames[0] + frames[1] + frames[2];
  for (size_t bit = 0; bit < 8 * frames[1].size(); ++bit) {
    std::string damaged = bytes;
    damaged[frames[0].size() + bit / 8] ^= 1 << (bit % 8);
    const auto decoded = DecodeFrames(damaged);
    EXPECT_EQ(Texts(decoded), std::vector{Text(Record(0))}) << bit;
    EXPECT_EQ(decoded.damaged_bytes, frames[1].size() + frames[2].size()) << bit;
  }
}

TEST(JournalFormatTest, AFrameInsideARecordIsNoneAlsoWhereTheRecordIsDamaged) {
  JournalRecord forging = Record(0);
  forging.set_remembered(EncodeFrame(Record(2)));
  std::string bytes = EncodeFrame(forging);
  EXPECT_EQ(Texts(DecodeFrames(bytes)), std::vector{Text(forging)});
  bytes[0] ^= 1;
  EXPECT_TRUE(DecodeFrames(bytes).records.empty());
  EXPECT_EQ(DecodeFrames(bytes).damaged_bytes, bytes.size());
}

TEST(JournalFormatTest, GarbageHoldsNoRecords) {
  EXPECT_EQ(DecodeFrames(std::string(1000, 'M')).damaged_bytes, 1000u);
  // A length beyond the limit, and one beyond the end.
  EXPECT_TRUE(DecodeFrames("MXJ\x01\xff\xff\xff\xff____rest").records.empty());
  EXPECT_TRUE(DecodeFrames(std::string("MXJ\x01\x08\0\0\0____rest", 16)).records.empty());
}

}  // namespace
}  // namespace mesos_executor::sidecar
