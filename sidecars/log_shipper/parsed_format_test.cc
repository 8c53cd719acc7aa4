#include "sidecars/log_shipper/parsed_format.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

using Result = LineFormat::Result;

const absl::Time kNow = absl::FromUnixMillis(1795406400123);

std::string Entry(absl::string_view rest) {
  return absl::StrCat(R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,)", rest, "}\n");
}

// Takes lines that are a member.
class OneMemberParser : public LineParser {
 public:
  bool Parse(absl::string_view line, std::vector<Member>* members) override {
    if (!absl::StartsWith(line, "\"k\":")) return false;
    *members = {{"k", line, line.substr(4)}};
    return true;
  }
};

class ParsedFormatTest : public ::testing::Test {
 protected:
  std::unique_ptr<TextFormat> Others(const char* rule) {
    std::optional<MultilineRule> parsed;
    if (rule != nullptr) parsed = MultilineRule::Parse(rule).value();
    return std::make_unique<TextFormat>(writer_, TextFormat::Kind{}, parsed);
  }

  std::string Taken() { return std::exchange(entries_, ""); }

  const std::shared_ptr<LineParser> parser_ = std::make_shared<OneMemberParser>();
  const std::shared_ptr<EntryWriter> writer_ =
      std::make_shared<EntryWriter>(EntryFacts{}, std::vector<std::string>{});
  std::string entries_;
};

TEST_F(ParsedFormatTest, WhatDoesNotParseIsForOthers) {
  ParsedFormat format(parser_, writer_, nullptr);
  EXPECT_EQ(format.Append("\"k\":1", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(Taken(), Entry("\"k\":1"));
  EXPECT_EQ(format.Append("text", kNow, &entries_), Result::kUnparsed);
  EXPECT_EQ(format.Append(" ", kNow, &entries_), Result::kUnparsed);
  EXPECT_EQ(format.Append("", kNow, &entries_), Result::kNothing);
  format.Flush(kNow, &entries_);
  format.Reset();
  EXPECT_EQ(Taken(), "");
}

TEST_F(ParsedFormatTest, WhatDoesNotParseIsShippedAsText) {
  ParsedFormat format(parser_, writer_, Others(nullptr));
  EXPECT_EQ(format.Append("text", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(format.Append("\"k\":1", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(Taken(), Entry("\"message\":\"text\"") + Entry("\"k\":1"));
}

TEST_F(ParsedFormatTest, HeldLinesComeBeforeTheEntryThatFollowsThem) {
  ParsedFormat format(parser_, writer_, Others("indented"));
  EXPECT_EQ(format.Append("text", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(format.Append(" more", kNow, &entries_), Result::kHeld);
  EXPECT_EQ(format.Append("\"k\":1", kNow, &entries_), Result::kEntry);
  EXPECT_EQ(Taken(), Entry("\"message\":\"text\\n more\"") + Entry("\"k\":1"));
  format.Append("text", kNow, &entries_);
  format.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), Entry("\"message\":\"text\""));
  format.Append("text", kNow, &entries_);
  format.Reset();
  format.Flush(kNow, &entries_);
  EXPECT_EQ(Taken(), "");
}

TEST_F(ParsedFormatTest, ANoticeTellsOfTheLog) {
  ParsedFormat format(parser_, writer_, nullptr);
  format.AppendNotice("2 bytes were dropped", kNow, &entries_);
  EXPECT_EQ(Taken(),
            Entry(R"("message":"2 bytes were dropped","level":"WARN","logger":"log-shipper")"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
