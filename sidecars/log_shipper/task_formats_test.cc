#include "sidecars/log_shipper/task_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Strings = std::map<std::string, std::string>;
using Result = LineFormat::Result;

constexpr char kJson[] = R"({"level":"WARN","msg":"m"})";
constexpr char kLogfmt[] = R"(level=WARN msg=m)";
constexpr char kParsed[] =
    R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"m","level":"WARN",)"
    R"("instance-id":"e","scid":7,"srchost":"agent.example"})"
    "\n";

lifecycle::v1::Task MakeTask(const Strings& labels, const Strings& settings = {}) {
  lifecycle::v1::Task task;
  task.set_executor_id("e");
  task.set_agent_hostname("agent.example");
  for (const auto& [key, value] : labels) {
    auto* label = task.add_labels();
    label->set_key(key);
    label->set_value(value);
  }
  for (const auto& [name, value] : settings) (*task.mutable_settings())[name] = value;
  return task;
}

class TaskFormatsTest : public ::testing::Test {
 protected:
  // What becomes of the line: its entry, or a word.
  std::string Append(const lifecycle::v1::Task& task, absl::string_view line) {
    warnings_.clear();
    const auto format = formats_.Make(task, &warnings_);
    const std::string padded = absl::StrCat(line, std::string(LineFormat::kPadding, ' '));
    std::string entries;
    const Result result = format->Append(absl::string_view(padded).substr(0, line.size()),
                                         absl::FromUnixMillis(1795406400123), &entries);
    switch (result) {
      case Result::kEntry:
        return entries;
      case Result::kUnparsed:
        return "unparsed" + entries;
      case Result::kNothing:
        return "nothing" + entries;
      case Result::kHeld:
        return "held" + entries;
    }
    return "";
  }

  const TaskFormats formats_{"looked.up.example"};
  std::vector<std::string> warnings_;
};

TEST_F(TaskFormatsTest, TheLabelNamesTheFormat) {
  for (const char* json : {"json", "logstash"}) {
    EXPECT_EQ(Append(MakeTask({{"log-scraping", json}, {"scId", "7"}}), kJson), kParsed);
    EXPECT_EQ(Append(MakeTask({{"log-scraping", json}, {"scId", "7"}}), kLogfmt), "unparsed");
  }
  EXPECT_EQ(Append(MakeTask({{"log-scraping", "logfmt"}, {"scId", "7"}}), kLogfmt), kParsed);
  EXPECT_EQ(Append(MakeTask({{"log-scraping", "logfmt"}, {"scId", "7"}}), kJson), "unparsed");
  EXPECT_EQ(Append(MakeTask({{"log-scraping", "raw"}, {"scId", "7"}}), kLogfmt),
            R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"level=WARN msg=m",)"
            R"("instance-id":"e","scid":7,"srchost":"agent.example"})"
            "\n");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TaskFormatsTest, OfAnUnknownFormatNothingIsShipped) {
  for (const char* line : {kJson, kLogfmt}) {
    EXPECT_EQ(
        Append(MakeTask({{"log-scraping", "xml\n"}, {"log-scraping-all", "true"}, {"scId", "7"}}),
               line),
        "unparsed");
    EXPECT_THAT(warnings_, ElementsAre("label log-scraping is \"xml\\n\": use json, logstash, "
                                       "logfmt or raw; no line is shipped"));
  }
}

TEST_F(TaskFormatsTest, LinesThatDoNotParseAreWrappedWhereTheTaskAsks) {
  EXPECT_EQ(
      Append(MakeTask({{"log-scraping", "json"}, {"log-scraping-all", "true"}, {"scId", "7"}}),
             "text"),
      R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"message":"text",)"
      R"("level":"INFO","logger":"invalid-format",)"
      R"("instance-id":"e","scid":7,"srchost":"agent.example"})"
      "\n");
  EXPECT_EQ(Append(MakeTask({{"log-scraping", "json"}, {"log-scraping-all", ""}}), "text"),
            "unparsed");
}

TEST_F(TaskFormatsTest, LinesThatGoTogetherAreHeld) {
  const Strings rule = {{"executor-log-multiline", "indented"}, {"scId", "7"}};
  Strings raw = rule, wrapped = rule, unwrapped = rule;
  raw["log-scraping"] = "raw";
  wrapped["log-scraping"] = unwrapped["log-scraping"] = "json";
  wrapped["log-scraping-all"] = "true";
  EXPECT_EQ(Append(MakeTask(raw), "text"), "held");
  EXPECT_EQ(Append(MakeTask(wrapped), "text"), "held");
  EXPECT_EQ(Append(MakeTask(unwrapped), "text"), "unparsed");
  EXPECT_EQ(Append(MakeTask(wrapped), kJson), kParsed);
  EXPECT_THAT(warnings_, IsEmpty());
  raw["executor-log-multiline"] = "yes";
  EXPECT_THAT(Append(MakeTask(raw), "text"), testing::HasSubstr("\"message\":\"text\""));
  EXPECT_THAT(warnings_, ElementsAre("label executor-log-multiline is left aside: \"yes\": use "
                                     "indented or first:PATTERN"));
}

TEST_F(TaskFormatsTest, ABadScIdIsAWarning) {
  for (const char* scid : {"", "x", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(Append(MakeTask({{"log-scraping", "json"}, {"scId", scid}}), "{}"),
              R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,"instance-id":"e",)"
              R"("srchost":"agent.example"})"
              "\n");
    EXPECT_THAT(warnings_, ElementsAre(absl::StrCat("label scId is \"", scid,
                                                    "\", not a number: entries have no scid")));
  }
}

TEST_F(TaskFormatsTest, TheHostIsThatOfTheAgentElseOfTheCloudElseOurs) {
  lifecycle::v1::Task task =
      MakeTask({{"log-scraping", "json"}, {"scId", "7"}}, {{"CLOUD_REGION", "west"},
                                                           {"CLOUD_AVAILABILITY_ZONE", "west-1"},
                                                           {"CLOUD_HOSTNAME", "cloud.example"}});
  const auto expected = [](absl::string_view host) {
    return absl::StrCat(R"({"@timestamp":"2026-11-23T04:00:00.123Z","@version":1,)",
                        R"("instance-id":"e","scid":7,"srchost":")", host,
                        R"(","region":"west","zone":"west-1"})", "\n");
  };
  EXPECT_EQ(Append(task, "{}"), expected("agent.example"));
  task.clear_agent_hostname();
  EXPECT_EQ(Append(task, "{}"), expected("cloud.example"));
  task.mutable_settings()->erase("CLOUD_HOSTNAME");
  EXPECT_EQ(Append(task, "{}"), expected("looked.up.example"));
}

TEST_F(TaskFormatsTest, KeysCanBeIgnored) {
  EXPECT_EQ(Append(MakeTask({{"log-scraping", "json"}, {"scId", "7"}},
                            {{"SERVICELOG_IGNORE_KEYS", "thread,,a b"}}),
                   R"({"thread":1,"level":"WARN","a b":2,"msg":"m"})"),
            kParsed);
}

TEST_F(TaskFormatsTest, ThereIsABoundOfIgnoredKeys) {
  std::string keys = "k1";
  for (int i = 2; i <= 101; ++i) absl::StrAppend(&keys, ",k", i);
  const auto task =
      MakeTask({{"log-scraping", "json"}, {"scId", "7"}}, {{"SERVICELOG_IGNORE_KEYS", keys}});
  EXPECT_THAT(Append(task, R"({"k1":1,"k100":1,"k101":1})"), testing::HasSubstr("1,\"k101\":1,\""));
  EXPECT_THAT(warnings_, ElementsAre("SERVICELOG_IGNORE_KEYS has 101 keys: only the first 100 are "
                                     "ignored"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
