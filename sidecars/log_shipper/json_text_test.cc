#include "sidecars/log_shipper/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mesos_executor::log_shipper {
namespace {

std::string Escaped(absl::string_view text) {
  std::string json;
  AppendEscaped(text, &json);
  return json;
}

TEST(JsonTextTest, EscapesWhatAStringCannotHold) {
  EXPECT_EQ(Escaped(""), "");
  EXPECT_EQ(Escaped("plain / text, longer than eight"), "plain / text, longer than eight");
  EXPECT_EQ(Escaped("a\"b\\c"), "a\\\"b\\\\c");
  EXPECT_EQ(Escaped("\n\r\t\x01\x1f\x7f"), "\\n\\r\\t\\u0001\\u001f\x7f");
  EXPECT_EQ(Escaped(absl::string_view("a\0b", 3)), "a\\u0000b");
}

TEST(JsonTextTest, KeepsCharactersAndReplacesBytesThatAreNone) {
  EXPECT_EQ(Escaped("za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87"), "za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87");
  EXPECT_EQ(Escaped("\xF0\x9F\x90\x98"), "\xF0\x9F\x90\x98");
  EXPECT_EQ(Escaped("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Escaped("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(JsonTextTest, FindsEverySpecialByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(byte);
      const auto parsed = nlohmann::json::parse("\"" + Escaped(text) + "\"", nullptr, false);
      ASSERT_FALSE(parsed.is_discarded()) << byte << " at " << place;
      if (byte < 0x80) {
        ASSERT_EQ(parsed.get<std::string>(), text) << byte << " at " << place;
      }
    }
  }
}

TEST(JsonTextTest, EscapesTextsOfAnyLength) {
  // A quote, a character of three bytes, something longest, plain text: at every offset.
  const std::string unit = "\"\xE2\x82\xAC\x01plain text";
  std::string text;
  while (text.size() < 5000) text += unit;
  for (size_t skipped = 0; skipped < unit.size(); ++skipped) {
    const std::string rest = std::string(skipped, 'x') + text;
    EXPECT_EQ(nlohmann::json::parse("\"" + Escaped(rest) + "\"").get<std::string>(), rest);
  }
  const std::string controls(5000, '\x02');
  EXPECT_EQ(nlohmann::json::parse("\"" + Escaped(controls) + "\"").get<std::string>(), controls);
}

TEST(JsonTextTest, RepairsText) {
  std::string repaired = "kept ";
  AppendRepaired("\"a\xC3\xB3\x80\n", &repaired);
  EXPECT_EQ(repaired, "kept \"a\xC3\xB3\xEF\xBF\xBD\n");
}

TEST(JsonTextTest, KnowsTheEscapes) {
  for (const char* escape : {"\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"}) {
    EXPECT_EQ(ReadEscape(escape).length, 2u) << escape;
  }
  EXPECT_EQ(ReadEscape("\\u20aCx").length, 6u);
  EXPECT_FALSE(ReadEscape("\\u20aCx").lone_surrogate);
  for (const char* none : {"", "\\", "n", "\\x", "\\u", "\\u12", "\\u12g4", "\\U0041", "\\'"}) {
    EXPECT_EQ(ReadEscape(none).length, 0u) << none;
  }
}

TEST(JsonTextTest, KnowsHalvesOfSurrogatePairs) {
  EXPECT_EQ(ReadEscape("\\ud83d\\udc18").length, 12u);
  EXPECT_FALSE(ReadEscape("\\ud83d\\udc18").lone_surrogate);
  for (const char* lone :
       {"\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\ud83d\\ud83d", "\\udc18"}) {
    EXPECT_EQ(ReadEscape(lone).length, 6u) << lone;
    EXPECT_TRUE(ReadEscape(lone).lone_surrogate) << lone;
  }
}

TEST(JsonTextTest, KnowsNumbers) {
  for (const char* number : {"0", "-0", "7", "-12", "1.5", "0.00", "1e5", "1E+5", "12.5e-10",
                             "123456789012345678901234567890", "1e999"}) {
    EXPECT_TRUE(IsNumber(number)) << number;
  }
  for (const char* none : {"", "-", "01", "-01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1 ", "1x",
                           "0x10", "NaN", "Infinity", "1,"}) {
    EXPECT_FALSE(IsNumber(none)) << none;
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper
