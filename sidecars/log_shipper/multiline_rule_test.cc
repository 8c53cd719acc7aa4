#include "sidecars/log_shipper/multiline_rule.h"

#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

TEST(MultilineRuleTest, IndentedLinesContinue) {
  const MultilineRule rule = MultilineRule::Parse("indented").value();
  for (const char* line : {" x", "\tat a.B.c(D.java:1)", "Caused by: x", "  "}) {
    EXPECT_TRUE(rule.Continues(line)) << line;
  }
  for (const char* line : {"", "x", "Caused", "at x"}) EXPECT_FALSE(rule.Continues(line)) << line;
}

TEST(MultilineRuleTest, LinesContinueUnlessTheyBeginAsTheFirst) {
  const MultilineRule rule = MultilineRule::Parse("first:####-##-##").value();
  for (const char* line : {"2026-11-23", "2026-11-23 text"}) {
    EXPECT_FALSE(rule.Continues(line)) << line;
  }
  for (const char* line : {"", "2026-11-2", "2026-11-2x", " 2026-11-23", "2026/11/23"}) {
    EXPECT_TRUE(rule.Continues(line)) << line;
  }
}

TEST(MultilineRuleTest, APatternHasOneByteForEach) {
  const MultilineRule rule = MultilineRule::Parse("first:[?]\\#\\\\\\?").value();
  EXPECT_FALSE(rule.Continues("[E]#\\? x"));
  EXPECT_TRUE(rule.Continues("[E]1\\? x"));
  EXPECT_TRUE(rule.Continues("[E]#\\x"));
  EXPECT_FALSE(MultilineRule::Parse("first:a\\").value().Continues("a\\b"));
}

TEST(MultilineRuleTest, OtherValuesSayWhatToUse) {
  EXPECT_EQ(MultilineRule::Parse("yes\n").status().message(),
            "\"yes\\n\": use indented or first:PATTERN");
  EXPECT_EQ(MultilineRule::Parse("first:").status().message(),
            "the pattern has 0 bytes: use 1 to 200");
  EXPECT_TRUE(MultilineRule::Parse("first:" + std::string(200, 'x')).ok());
  EXPECT_EQ(MultilineRule::Parse("first:" + std::string(201, 'x')).status().message(),
            "the pattern has 201 bytes: use 1 to 200");
}

}  // namespace
}  // namespace mesos_executor::log_shipper
