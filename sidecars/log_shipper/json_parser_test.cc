#include "sidecars/log_shipper/json_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/line_format.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The members as "key|text|value", or what stands for a line that was refused. `behind` lies behind
// the line.
std::vector<std::string> Parse(absl::string_view line, char behind = '\n') {
  static JsonParser* const parser = new JsonParser;
  static std::vector<Member>* const members = new std::vector<Member>;
  const std::string padded = absl::StrCat(line, std::string(LineFormat::kPadding, behind));
  if (!parser->Parse(absl::string_view(padded).substr(0, line.size()), members)) {
    return {"refused"};
  }
  std::vector<std::string> shown;
  for (const Member& member : *members) {
    shown.push_back(absl::StrCat(member.key, "|", member.text, "|", member.value));
  }
  return shown;
}

TEST(JsonParserTest, GivesTheMembersOfAnObject) {
  EXPECT_THAT(Parse("{}"), IsEmpty());
  EXPECT_THAT(Parse(R"({"a":1})"), ElementsAre(R"(a|"a":1|1)"));
  EXPECT_THAT(Parse(R"({"a":"x","b":true,"c":null,"d":false})"),
              ElementsAre(R"(a|"a":"x"|"x")", R"(b|"b":true|true)", R"(c|"c":null|null)",
                          R"(d|"d":false|false)"));
  EXPECT_THAT(Parse(" \t{ \"a\" : 1 , \"b\"\t:\t\"x\" } \r"),
              ElementsAre("a|\"a\" : 1|1", "b|\"b\"\t:\t\"x\"|\"x\""));
  EXPECT_THAT(Parse(R"({"":"","a":"","a":2})"),
              ElementsAre(R"(|"":""|"")", R"(a|"a":""|"")", R"(a|"a":2|2)"));
}

TEST(JsonParserTest, KeepsValuesAsWritten) {
  for (const char* value : {"12345678901234567890123", "0.1234567890123456789", "-0", "1E+05",
                            "1e999", R"("\u0041\/")", R"("\ud83d\udc18")", "\"z\xC5\xBC\"", "[]",
                            "{}", R"([1, [2, {"a" : [ ]}], "]"])", R"({"a":{"b":"}","a":1}})"}) {
    EXPECT_THAT(Parse(absl::StrCat("{\"k\":", value, " , \"z\":", value, "}")),
                ElementsAre(absl::StrCat("k|\"k\":", value, "|", value),
                            absl::StrCat("z|\"z\":", value, "|", value)));
  }
}

TEST(JsonParserTest, KeysAreCompared) {
  EXPECT_THAT(Parse(R"({"\u0074ime":1,"a\"b":2})"),
              ElementsAre(R"(time|"\u0074ime":1|1)", R"(a"b|"a\"b":2|2)"));
}

TEST(JsonParserTest, RefusesWhatIsNoObject) {
  for (const char* line : {"",
                           " ",
                           "null",
                           "1",
                           "\"a\"",
                           "[]",
                           R"([{"a":1}])",
                           "text",
                           "{",
                           "}",
                           "{{}",
                           "{}}",
                           "{} {}",
                           "{},",
                           "{}x",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({,"a":1})",
                           R"({"a":1 "b":2})",
                           R"({"a":1,,"b":2})",
                           R"({"a" 1})",
                           R"({"a"x:1})",
                           R"({"a""b":1})",
                           R"({"a"::1})",
                           R"({"a":"b":1})",
                           R"({"a":"b"{"c":1}})",
                           R"({"a":["b":1]})",
                           R"({"a":[{"b":"c":1}]})",
                           R"({a:1})",
                           R"({'a':1})",
                           R"({1:1})",
                           R"({"a":tru})",
                           R"({"a":truex})",
                           R"({"a":nul})",
                           R"({"a":NaN})",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":.5})",
                           R"({"a":+1})",
                           R"({"a":1x})",
                           R"({"a":"b)",
                           R"({"a":"b})",
                           R"({"a":"b"c})",
                           R"({"a":"b""c"})",
                           R"({"a":[1,]})",
                           R"({"a":[1 2]})",
                           R"({"a":[1})",
                           R"({"a":[1}])",
                           R"({"a":{"b" 1}})",
                           R"({"a":{"b":1,}})",
                           R"({"a":{]})",
                           R"({"a":{"b":01}})",
                           R"({"a":[tru]})",
                           R"({"a":[,1]})",
                           "{\"a\":\"\t\"}",
                           R"({"a":"\x"})",
                           R"({"a":"\u12"})",
                           R"({"a":"\"})",
                           R"({"a":\n})",
                           R"({"a\q":1})",
                           R"({"a":1}\)",
                           R"(\{"a":1})",
                           "{\"a\":1}\xEF\xBB\xBF"}) {
    EXPECT_THAT(Parse(line), ElementsAre("refused")) << line;
  }
  EXPECT_THAT(Parse(absl::string_view("{\"a\":\"\0\"}", 9)), ElementsAre("refused"));
  EXPECT_THAT(Parse(absl::string_view("{\"a\":1}\0", 8)), ElementsAre("refused"));
}

TEST(JsonParserTest, WhatLiesBehindALineIsNoPartOfIt) {
  for (const char behind : {'}', ']', ',', ':', '"', '{', '[', '1', '\\', '\0', '\r', '\xFF'}) {
    EXPECT_THAT(Parse(R"({"a":[{}]})", behind), ElementsAre(R"(a|"a":[{}]|[{}])"));
    EXPECT_THAT(Parse(R"({"a":"\n","b":1 })", behind),
                ElementsAre(R"(a|"a":"\n"|"\n")", R"(b|"b":1|1)"));
    for (const char* line : {R"({"a":{})", R"({"a":{"b":{})", R"({"a":[{})", R"({"a":[[{})", "{",
                             R"({"a":{},})", R"({"a":"\n","b":{})", R"({"a":"\ud83d","b":{})"}) {
      EXPECT_THAT(Parse(line, behind), ElementsAre("refused")) << line << behind;
    }
  }
}

TEST(JsonParserTest, RepairsWhatReadersRefuse) {
  EXPECT_THAT(Parse("{\"a\":\"x\xFFy\"}"),
              ElementsAre("a|\"a\":\"x\xEF\xBF\xBDy\"|\"x\xEF\xBF\xBDy\""));
  EXPECT_THAT(Parse(R"({"a":"cut \ud83d"})"), ElementsAre(R"(a|"a":"cut \ufffd"|"cut \ufffd")"));
  EXPECT_THAT(
      Parse(R"({"\udc18":{"b":"\n\ud83d\ud83d\udc18"}})"),
      ElementsAre("\xEF\xBF\xBD"
                  R"(|"\ufffd":{"b":"\n\ufffd\ud83d\udc18"}|{"b":"\n\ufffd\ud83d\udc18"})"));
  EXPECT_THAT(Parse("{\"\\ud83d\":\"\xC3\"}"),
              ElementsAre("\xEF\xBF\xBD|\"\\ufffd\":\"\xEF\xBF\xBD\"|\"\xEF\xBF\xBD\""));
  EXPECT_THAT(Parse("{\xFF}"), ElementsAre("refused"));
}

TEST(JsonParserTest, BoundsDepth) {
  const auto nested = [](int depth) {
    return absl::StrCat("{\"a\":", std::string(depth - 1, '['), std::string(depth - 1, ']'), "}");
  };
  EXPECT_THAT(Parse(nested(JsonParser::kDeepest)), ElementsAre(testing::StartsWith("a|")));
  EXPECT_THAT(Parse(nested(JsonParser::kDeepest + 1)), ElementsAre("refused"));
  EXPECT_THAT(Parse(nested(100000)), ElementsAre("refused"));
}

TEST(JsonParserTest, BoundsMembers) {
  std::string line = "{\"a\":1";
  for (size_t i = 1; i < LineParser::kMostMembers; ++i) line += ",\"a\":1";
  EXPECT_EQ(Parse(line + "}").size(), LineParser::kMostMembers);
  EXPECT_THAT(Parse(line + ",\"a\":1}"), ElementsAre("refused"));
}

TEST(JsonParserTest, LinesOfAllLengthsFollowOneAnother) {
  for (size_t length = 0; length < 300; ++length) {
    const std::string text(length, 'x');
    EXPECT_THAT(Parse(absl::StrCat("{\"a\":\"", text, "\"}")),
                ElementsAre(absl::StrCat("a|\"a\":\"", text, "\"|\"", text, "\"")));
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper
