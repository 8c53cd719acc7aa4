#include "sidecars/log_shipper/entry.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mesos_executor::log_shipper {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1795406400123);
const EntryFacts kFacts = {"executor-1", 42, "host.example", "west", "west-1"};
constexpr char kFactsText[] =
    R"(,"instance-id":"executor-1","scid":42,"srchost":"host.example","region":"west","zone":"west-1"})"
    "\n";

using KeysAndValues = std::vector<std::pair<std::string, std::string>>;

std::string Write(const KeysAndValues& line, const EntryFacts& facts = kFacts,
                  const std::vector<std::string>& ignored = {}) {
  std::string text;
  std::vector<std::pair<size_t, size_t>> values;
  for (const auto& [key, value] : line) {
    if (!text.empty()) text += ", ";
    const size_t begin = text.size();
    text += "\"" + key + "\":" + value;
    values.emplace_back(begin, text.size());
  }
  std::vector<Member> members;
  for (size_t i = 0; i < line.size(); ++i) {
    const auto [begin, end] = values[i];
    const absl::string_view all = text;
    members.push_back({line[i].first, all.substr(begin, end - begin),
                       all.substr(end - line[i].second.size(), line[i].second.size())});
  }
  EntryWriter writer(facts, ignored);
  std::string entries;
  writer.WriteMembers(members, kNow, &entries);
  return entries;
}

TEST(EntryTest, ALinesMembersStandBetweenTheSeedsFields) {
  EXPECT_EQ(Write({{"time", R"("2026-01-02T03:04:05Z")"},
                   {"level", R"("WARN")"},
                   {"logger", R"("main")"},
                   {"msg", R"("text")"},
                   {"n", "1.50"}}),
            R"({"@timestamp":"2026-01-02T03:04:05Z","@version":1,"message":"text",)"
            R"("level":"WARN", "logger":"main","n":1.50)" +
                std::string(kFactsText));
}

TEST(EntryTest, WithoutATimeItIsThatOfReading) {
  EXPECT_EQ(Write({}),
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1)" + std::string(kFactsText));
}

TEST(EntryTest, ATimeThatIsNoTextStaysAMember) {
  for (const char* time : {"1795406400", "null", "\"\"", "{}"}) {
    EXPECT_EQ(Write({{"time", time}}),
              R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"time":)" +
                  std::string(time) + kFactsText);
  }
}

TEST(EntryTest, WhatIsInLogstashsFormAlreadyWins) {
  const std::string expected =
      R"({"@timestamp":"a","@version":"1","message":"m")" + std::string(kFactsText);
  EXPECT_EQ(Write({{"@timestamp", R"("a")"},
                   {"time", R"("b")"},
                   {"message", R"("m")"},
                   {"msg", R"("n")"},
                   {"@version", R"("1")"}}),
            expected);
  EXPECT_EQ(Write({{"@version", R"("1")"},
                   {"msg", R"("n")"},
                   {"message", R"("m")"},
                   {"time", R"("b")"},
                   {"@timestamp", R"("a")"}}),
            expected);
  EXPECT_EQ(Write({{"@timestamp", "5"}, {"time", R"("b")"}}),
            R"({"@timestamp":"b","@version":1)" + std::string(kFactsText));
}

TEST(EntryTest, OfOurFieldsTheLinesLastCountsAndOthersStayTwice) {
  EXPECT_EQ(
      Write({{"msg", R"("1")"}, {"a", "1"}, {"msg", R"({"x":2})"}, {"a", "2"}}),
      R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":{"x":2},"a":1,"a":2)" +
          std::string(kFactsText));
}

TEST(EntryTest, ALineCannotOverrideWhatWeSay) {
  EXPECT_EQ(
      Write({{"scid", "1"},
             {"a", "1"},
             {"instance-id", "1"},
             {"srchost", "1"},
             {"region", "1"},
             {"zone", "1"}}),
      R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"a":1)" + std::string(kFactsText));
}

TEST(EntryTest, WhatWeDoNotKnowIsLeftToTheLine) {
  EXPECT_EQ(Write({{"scid", "1"}, {"zone", "2"}}, EntryFacts{"e\"1", std::nullopt, "", "", ""}),
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"scid":1, "zone":2,)"
            R"("instance-id":"e\"1"})"
            "\n");
  EXPECT_EQ(Write({}, EntryFacts{}), R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1})"
                                     "\n");
}

TEST(EntryTest, IgnoredKeysAreAsIfTheyWereNotThere) {
  EXPECT_EQ(Write({{"a", "1"}, {"b", "2"}, {"bb", "3"}, {"time", R"("x")"}, {"c", "4"}}, kFacts,
                  {"b", "time", "zone", ""}),
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"a":1,"bb":3,"c":4)" +
                std::string(kFactsText));
}

TEST(EntryTest, ATextIsTheMessage) {
  EntryWriter writer(EntryFacts{"e", std::nullopt, "h", "", ""}, {"msg"});
  std::string entries = "before\n";
  writer.WriteText("a \"text\"\n\xFF", "", "", kNow, &entries);
  writer.WriteNotice("b", kNow + absl::Seconds(60), &entries);
  EXPECT_EQ(entries,
            "before\n"
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"a \"text\"\n)"
            "\xEF\xBF\xBD"
            R"(","instance-id":"e","srchost":"h"})"
            "\n"
            R"({"@timestamp":"2026-11-23T04:01:00.123Z","@version":1,"message":"b","level":"WARN",)"
            R"("logger":"log-shipper","instance-id":"e","srchost":"h"})"
            "\n");
}

}  // namespace
}  // namespace mesos_executor::log_shipper
