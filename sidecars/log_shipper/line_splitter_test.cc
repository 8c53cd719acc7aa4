#include "sidecars/log_shipper/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void Add(absl::string_view bytes, LineSplitter* splitter) {
  const absl::Span<char> space = splitter->Space();
  ASSERT_LE(bytes.size(), space.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  splitter->Added(bytes.size());
}

std::vector<std::string> Lines(LineSplitter* splitter) {
  std::vector<std::string> lines;
  while (const auto line = splitter->Next()) lines.emplace_back(line->text);
  return lines;
}

TEST(LineSplitterTest, GivesTheLinesOfAPieceInPlace) {
  LineSplitter splitter;
  const absl::Span<char> space = splitter.Space();
  memcpy(space.data(), "one\ntwo\n", 8);
  splitter.Added(8);
  EXPECT_EQ(splitter.Next()->text.data(), space.data());
  EXPECT_EQ(splitter.Next()->text.data(), space.data() + 4);
  EXPECT_FALSE(splitter.Next().has_value());
}

TEST(LineSplitterTest, LinesMayLieAcrossPieces) {
  LineSplitter splitter;
  Add("on", &splitter);
  EXPECT_THAT(Lines(&splitter), IsEmpty());
  Add("e\n\ntw", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre("one", ""));
  Add("o\n", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre("two"));
}

TEST(LineSplitterTest, OfALineEndOnlyOneCarriageReturnIsTaken) {
  LineSplitter splitter;
  Add("a\r\nb\r", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre("a"));
  Add("\nc\rd\r\r\n\r\n", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre("b", "c\rd\r", ""));
}

TEST(LineSplitterTest, ANulIsData) {
  LineSplitter splitter;
  Add(absl::string_view("a\0b\n\0\n", 6), &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre(std::string("a\0b", 3), std::string("\0", 1)));
}

TEST(LineSplitterTest, EachLineSaysWhereTheInputGoesOnBehindIt) {
  LineSplitter splitter(100);
  EXPECT_EQ(splitter.end(), 100u);
  Add("a\r\nbc\nd", &splitter);
  EXPECT_EQ(splitter.Next()->end, 103u);
  EXPECT_EQ(splitter.offset(), 103u);
  EXPECT_EQ(splitter.Next()->end, 106u);
  EXPECT_FALSE(splitter.Next().has_value());
  EXPECT_EQ(splitter.offset(), 106u);
  EXPECT_EQ(splitter.end(), 107u);
}

TEST(LineSplitterTest, TheInputsEndMayEndALine) {
  LineSplitter splitter;
  EXPECT_FALSE(splitter.Flush().has_value());
  Add("a\nb\r", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre("a"));
  const auto last = splitter.Flush();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->text, "b");
  EXPECT_EQ(last->end, 4u);
  EXPECT_FALSE(splitter.Flush().has_value());
  EXPECT_EQ(splitter.end(), 4u);
}

TEST(LineSplitterTest, ALineOfTheGreatestLengthIsWhole) {
  LineSplitter splitter(0, 100);
  Add(std::string(100, 'x') + "\n", &splitter);
  const auto line = splitter.Next();
  EXPECT_EQ(line->text, std::string(100, 'x'));
  EXPECT_FALSE(line->cut);
}

TEST(LineSplitterTest, ALongerLineIsCutAndSaysSo) {
  LineSplitter splitter(0, 100);
  Add(std::string(101, 'x') + "\nnext\n", &splitter);
  const auto line = splitter.Next();
  EXPECT_EQ(line->text, std::string(60, 'x') + " [cut: 41 more bytes]");
  EXPECT_TRUE(line->cut);
  EXPECT_EQ(line->end, 102u);
  EXPECT_THAT(Lines(&splitter), ElementsAre("next"));
}

TEST(LineSplitterTest, OfALineWithoutEndNoMoreThanTheGreatestLengthIsKept) {
  LineSplitter splitter(0, 100, 64);
  for (int i = 0; i < 1000; ++i) {
    Add(std::string(64, 'x'), &splitter);
    EXPECT_FALSE(splitter.Next().has_value());
    EXPECT_LE(splitter.Space().size(), 1000u);
  }
  EXPECT_EQ(splitter.offset(), 0u);
  EXPECT_EQ(splitter.end(), 64000u);
  Add("yy\nnext\n", &splitter);
  const auto line = splitter.Next();
  EXPECT_EQ(line->text, std::string(60, 'x') + " [cut: 63942 more bytes]");
  EXPECT_EQ(line->end, 64003u);
  EXPECT_THAT(Lines(&splitter), ElementsAre("next"));
  EXPECT_EQ(splitter.end(), 64008u);
}

TEST(LineSplitterTest, ALineThatIsCutMayBeTheLast) {
  LineSplitter splitter(0, 100);
  Add(std::string(150, 'x'), &splitter);
  EXPECT_FALSE(splitter.Next().has_value());
  const auto line = splitter.Flush();
  EXPECT_EQ(line->text, std::string(60, 'x') + " [cut: 90 more bytes]");
  EXPECT_EQ(line->end, 150u);
}

TEST(LineSplitterTest, ForgetsWhatIsIncompleteWhenTheInputGoesOnElsewhere) {
  LineSplitter splitter(0, 100);
  Add(std::string(150, 'x'), &splitter);
  EXPECT_FALSE(splitter.Next().has_value());
  splitter.Reset(7);
  EXPECT_EQ(splitter.end(), 7u);
  Add("a\n", &splitter);
  const auto line = splitter.Next();
  EXPECT_EQ(line->text, "a");
  EXPECT_EQ(line->end, 9u);
}

TEST(LineSplitterTest, ALongLineMayComeInManyPieces) {
  LineSplitter splitter(0, 1000, 64);
  std::string whole;
  for (int i = 0; i < 15; ++i) {
    const std::string piece(64, static_cast<char>('a' + i));
    whole += piece;
    Add(piece, &splitter);
    EXPECT_FALSE(splitter.Next().has_value());
  }
  Add("\n", &splitter);
  EXPECT_THAT(Lines(&splitter), ElementsAre(whole));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
