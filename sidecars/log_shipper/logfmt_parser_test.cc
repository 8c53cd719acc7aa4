#include "sidecars/log_shipper/logfmt_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;

// The members as "key|text", or what stands for a line that was refused.
std::vector<std::string> Parse(absl::string_view line) {
  LogfmtParser parser;
  std::vector<Member> members;
  if (!parser.Parse(line, &members)) return {"refused"};
  std::vector<std::string> shown;
  for (const Member& member : members) {
    EXPECT_EQ(member.text.substr(member.text.size() - member.value.size()), member.value);
    EXPECT_EQ(member.value[0], '"');
    shown.push_back(absl::StrCat(member.key, "|", member.text));
  }
  return shown;
}

TEST(LogfmtParserTest, GivesPairsAsTexts) {
  EXPECT_THAT(Parse("a=1"), ElementsAre(R"(a|"a":"1")"));
  EXPECT_THAT(Parse(R"(time=2026-01-02T03:04:05Z level=info msg="GET /x" n=1.5)"),
              ElementsAre(R"(time|"time":"2026-01-02T03:04:05Z")", R"(level|"level":"info")",
                          R"(msg|"msg":"GET /x")", R"(n|"n":"1.5")"));
  EXPECT_THAT(Parse("  a=1\t\tb=2 "), ElementsAre(R"(a|"a":"1")", R"(b|"b":"2")"));
}

TEST(LogfmtParserTest, ValuesMayBeMissing) {
  EXPECT_THAT(Parse("a= b=2 c"), ElementsAre(R"(a|"a":"")", R"(b|"b":"2")", R"(c|"c":"")"));
  EXPECT_THAT(Parse("bare a="), ElementsAre(R"(bare|"bare":"")", R"(a|"a":"")"));
  EXPECT_THAT(Parse(R"(a="")"), ElementsAre(R"(a|"a":"")"));
}

TEST(LogfmtParserTest, AnUnquotedValueMayHoldAnythingButSpaces) {
  EXPECT_THAT(Parse(R"(url=http://h/?q=1&r="x" path=C:\dir)"),
              ElementsAre(R"(url|"url":"http://h/?q=1&r=\"x\"")", R"(path|"path":"C:\\dir")"));
}

TEST(LogfmtParserTest, QuotedValuesHaveEscapes) {
  EXPECT_THAT(Parse(R"(a="x=1 \"y\"\n\\ \u20ac" b=2)"),
              ElementsAre(R"(a|"a":"x=1 \"y\"\n\\ \u20ac")", R"(b|"b":"2")"));
  EXPECT_THAT(Parse(R"(a="C:\dir\" b=2")"), ElementsAre(R"(a|"a":"C:\\dir\" b=2")"));
  EXPECT_THAT(Parse(R"(a="C:\dir \u12")"), ElementsAre(R"(a|"a":"C:\\dir \\u12")"));
  EXPECT_THAT(Parse(R"(a="\ud83d\udc18 \ud83d")"), ElementsAre(R"(a|"a":"\ud83d\udc18 \ufffd")"));
}

TEST(LogfmtParserTest, AnyBytesBecomeWellFormed) {
  EXPECT_THAT(Parse("a\xFF=\xFE\xC3\xB3 b=\"\x01\t\x80\""),
              ElementsAre("a\xFF|\"a\xEF\xBF\xBD\":\"\xEF\xBF\xBD\xC3\xB3\"",
                          "b|\"b\":\"\\u0001\\t\xEF\xBF\xBD\""));
  EXPECT_THAT(Parse("a\\b=1"), ElementsAre(R"(a\b|"a\\b":"1")"));
}

TEST(LogfmtParserTest, RefusesWhatIsNotLogfmt) {
  for (const char* line :
       {"", "  ", "plain text", "=1", "a=1 =2", R"("a"=1)", R"(a"b=1)", R"(a="x)", R"(a="x\")",
        R"(a="x"y)", R"(a="x""y")", R"(a=1 "text")", R"({"a":"b=c"})"}) {
    EXPECT_THAT(Parse(line), ElementsAre("refused")) << line;
  }
}

TEST(LogfmtParserTest, BoundsMembers) {
  std::string line;
  for (size_t i = 0; i < LineParser::kMostMembers; ++i) line += "a=1 ";
  EXPECT_EQ(Parse(line).size(), LineParser::kMostMembers);
  EXPECT_THAT(Parse(line + "b"), ElementsAre("refused"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
