#include "supervisor/agent/recordio_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Record(absl::string_view data) { return absl::StrCat(data.size(), "\n", data); }

TEST(RecordIoDecoderTest, FindsTheSameRecordsWhereverTheStreamIsCut) {
  const std::vector<std::string> records = {"a", "", std::string("\n7\n\0x", 5),
                                            std::string(1000, 'y')};
  std::string stream;
  for (const std::string& record : records) stream += Record(record);
  for (size_t first = 0; first <= stream.size(); ++first) {
    RecordIoDecoder decoder;
    auto found = decoder.Decode(stream.substr(0, first));
    for (auto& record : decoder.Decode(stream.substr(first))) found.push_back(record);
    EXPECT_EQ(found, records) << "cut at " << first;
    EXPECT_TRUE(decoder.status().ok());
    EXPECT_TRUE(decoder.at_border());
  }
}

TEST(RecordIoDecoderTest, GivesARecordAsSoonAsItIsComplete) {
  RecordIoDecoder decoder;
  std::string seen;
  for (const char byte : std::string("3\nabc0\n2\nde")) {
    seen += byte == '\n' ? 'n' : byte;
    for (const std::string& record : decoder.Decode(absl::string_view(&byte, 1))) {
      absl::StrAppend(&seen, "[", record, "]");
    }
  }
  EXPECT_EQ(seen, "3nabc[abc]0n[]2nde[de]");
}

TEST(RecordIoDecoderTest, TellsACutRecordFromABorder) {
  for (const char* cut : {"3", "3\n", "3\nab"}) {
    RecordIoDecoder decoder;
    EXPECT_THAT(decoder.Decode(cut), IsEmpty());
    EXPECT_FALSE(decoder.at_border()) << cut;
  }
  EXPECT_TRUE(RecordIoDecoder().at_border());
}

TEST(RecordIoDecoderTest, GarbageIsAnErrorForGood) {
  for (const char* garbage : {"x", "-1\n", "+1\n", " 1\n", "1 \n", "1\r\n", "\n", "1.0\n", "0x1\n",
                              "18446744073709551616\n", "000000000000000000001\n"}) {
    RecordIoDecoder decoder;
    EXPECT_THAT(decoder.Decode(garbage), IsEmpty()) << garbage;
    EXPECT_EQ(decoder.status().code(), absl::StatusCode::kInvalidArgument) << garbage;
    EXPECT_THAT(decoder.Decode("1\na"), IsEmpty()) << garbage;
    EXPECT_FALSE(decoder.status().ok()) << garbage;
  }
}

TEST(RecordIoDecoderTest, RecordsBeforeGarbageStillCount) {
  RecordIoDecoder decoder;
  EXPECT_THAT(decoder.Decode("1\nax"), ElementsAre("a"));
  EXPECT_FALSE(decoder.status().ok());
}

TEST(RecordIoDecoderTest, AnAbsurdLengthIsRefusedBeforeAnyMemoryIsTaken) {
  for (const char* length : {"9\n", "18446744073709551615\n"}) {
    RecordIoDecoder decoder(/*max_record=*/8);
    EXPECT_THAT(decoder.Decode(length), IsEmpty());
    EXPECT_EQ(decoder.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(decoder.status().message(), HasSubstr("limit of 8"));
  }
  RecordIoDecoder decoder(8);
  EXPECT_THAT(decoder.Decode("8\n12345678"), ElementsAre("12345678"));
}

}  // namespace
}  // namespace mesos_executor::agent
