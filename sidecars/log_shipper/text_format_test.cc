#include "sidecars/log_shipper/text_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

using Result = LineFormat::Result;

const absl::Time kNow = absl::FromUnixMillis(1795406400123);

std::string Entry(absl::string_view message, int second = 0) {
  return absl::StrCat(R"({"@timestamp":"2026-11-23T04:00:0)", second,
                      R"(.123Z","@version":1,"message":")", message, "\"}\n");
}

class TextFormatTest : public ::testing::Test {
 protected:
  TextFormat Make(const char* rule = nullptr) {
    std::optional<MultilineRule> parsed;
    if (rule != nullptr) parsed = MultilineRule::Parse(rule).value();
    return TextFormat(std::make_shared<EntryWriter>(EntryFacts{}, std::vector<std::string>{}), {},
                      parsed);
  }

  std::string Taken() { return std::exchange(entries_, ""); }

  std::string entries_;
};

TEST_F(TextFormatTest, WithoutARuleEachLineIsAnEntry) {
  TextFormat format = Make();
  EXPECT_EQ(format.Append("a", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(format.Append("", kNow, &entries_), Result::kNothing);
  EXPECT_EQ(format.Append(" \"b\"", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(Taken(), Entry("a") + Entry(" \\\"b\\\""));
  EXPECT_FALSE(format.holds());
}

TEST_F(TextFormatTest, SaysWhatKindOfTextItIs) {
  TextFormat format(std::make_shared<EntryWriter>(EntryFacts{}, std::vector<std::string>{}),
                    {"INFO", "invalid-format"}, std::nullopt);
  format.Append("a", kNow, &entries_);
  format.AppendNotice("b", kNow, &entries_);
  EXPECT_EQ(Taken(),
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"a","level":"INFO",)"
            R"("logger":"invalid-format"})"
            "\n"
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"b","level":"WARN",)"
            R"("logger":"log-shipper"})"
            "\n");
}

TEST_F(TextFormatTest, LinesThatContinueAreOneEventWithTheTimeOfTheFirst) {
  TextFormat format = Make("indented");
  EXPECT_EQ(format.Append("Error: x", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(format.Append("\tat y", kNow + absl::Seconds(1), &entries_), Result::kHeld);
  EXPECT_EQ(Taken(), "");
  EXPECT_EQ(format.Append("next", kNow + absl::Seconds(2), &entries_), Result::kHeld);
  EXPECT_EQ(Taken(), Entry("Error: x\\n\\tat y"));
  format.Flush(kNow + absl::Seconds(9), &entries_);
  EXPECT_EQ(Taken(), Entry("next", 2));
  format.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), "");
}

TEST_F(TextFormatTest, ALineThatContinuesNothingBeginsAnEvent) {
  TextFormat format = Make("indented");
  EXPECT_EQ(format.Append("\tat y", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(format.Append("\tat z", kNow, &entries_), Result::kHeld);
  format.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), Entry("\\tat y\\n\\tat z"));
}

TEST_F(TextFormatTest, AnEmptyLineIsPartOfAnEventWhereTheRuleSaysSo) {
  TextFormat indented = Make("indented");
  indented.Append("a", kNow, &entries_);
  EXPECT_EQ(indented.Append("", kNow, &entries_), Result::kNothing);
  EXPECT_EQ(Taken(), Entry("a"));
  EXPECT_FALSE(indented.holds());

  TextFormat first = Make("first:a");
  first.Append("a", kNow, &entries_);
  EXPECT_EQ(first.Append("", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(first.Append("b", kNow, &entries_), Result::kHeld);
  first.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), Entry("a\\n\\nb"));
}

TEST_F(TextFormatTest, WhatIsHeldCanBeForgotten) {
  TextFormat format = Make("indented");
  format.Append("a", kNow, &entries_);
  format.Reset();
  EXPECT_FALSE(format.holds());
  format.Append(" b", kNow, &entries_);
  format.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), Entry(" b"));
}

TEST_F(TextFormatTest, AnEventHasABoundOfLines) {
  TextFormat format = Make("indented");
  std::string expected = "a";
  format.Append("a", kNow, &entries_);
  for (size_t i = 1; i < TextFormat::kMostLines; ++i) {
    format.Append(" b", kNow, &entries_);
    expected += "\\n b";
  }
  EXPECT_EQ(Taken(), "");
  EXPECT_EQ(format.Append(" c", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(Taken(), Entry(expected));
}

TEST_F(TextFormatTest, AnEventHasABoundOfBytes) {
  TextFormat format = Make("indented");
  const std::string half = " " + std::string(TextFormat::kMostBytes / 2 - 1, 'x');
  const std::string less = half.substr(0, half.size() - 1);
  format.Append(half, kNow, &entries_);
  format.Append(less, kNow, &entries_);
  EXPECT_TRUE(Taken().empty());
  format.Append(" ", kNow, &entries_);
  EXPECT_TRUE(Taken() == Entry(half + "\\n" + less)) << "with a newline it fits";
  format.Append(half.substr(1), kNow, &entries_);
  EXPECT_TRUE(Taken() == Entry(" "));
  format.Append(half, kNow, &entries_);
  EXPECT_TRUE(Taken().empty());
  format.Append(half, kNow, &entries_);
  EXPECT_TRUE(Taken() == Entry(half.substr(1) + "\\n" + half));
}

TEST_F(TextFormatTest, ALongLineIsAnEventOfItsOwn) {
  TextFormat format = Make("indented");
  const std::string long_line(TextFormat::kMostBytes + 1, 'x');
  format.Append(long_line, kNow, &entries_);
  EXPECT_TRUE(Taken().empty());
  format.Append(" y", kNow, &entries_);
  EXPECT_TRUE(Taken() == Entry(long_line));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
