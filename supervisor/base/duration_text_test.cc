#include "supervisor/base/duration_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;

TEST(DurationTextTest, ReadsWhatAgentsWrite) {
  // The values that an agent was seen to print, and each unit.
  const std::pair<const char*, absl::Duration> cases[] = {
      {"5secs", absl::Seconds(5)},        {"15mins", absl::Minutes(15)},
      {"2500ms", absl::Seconds(2.5)},     {"1500us", absl::Microseconds(1500)},
      {"90secs", absl::Seconds(90)},      {"36hrs", absl::Hours(36)},
      {"1.025mins", absl::Seconds(61.5)}, {"1ns", absl::Nanoseconds(1)},
      {"2days", absl::Hours(48)},         {"1weeks", absl::Hours(168)},
      {"0secs", absl::ZeroDuration()},    {".5secs", absl::Milliseconds(500)},
  };
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(*ParseMesosDuration(text), duration) << text;
    EXPECT_EQ(*ParseDuration(text), duration) << text;
  }
}

TEST(DurationTextTest, ReadsWhatGoWrites) {
  const std::pair<const char*, absl::Duration> cases[] = {
      {"1m30s", absl::Seconds(90)},   {"500ms", absl::Milliseconds(500)},
      {"1h", absl::Hours(1)},         {"0", absl::ZeroDuration()},
      {"1.5h", absl::Minutes(90)},    {"10us", absl::Microseconds(10)},
      {"7µs", absl::Microseconds(7)}, {"7μs", absl::Microseconds(7)},
  };
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(*ParseGoDuration(text), duration) << text;
    EXPECT_EQ(*ParseDuration(text), duration) << text;
  }
}

TEST(DurationTextTest, RefusesEverythingElseAndSaysWhatToWrite) {
  const std::string cases[] = {"",
                               "5",
                               "secs",
                               "5 secs",
                               "5sec",
                               "-5secs",
                               "-1s",
                               "inf",
                               "1e3secs",
                               "5secs ",
                               "1..5secs",
                               ".secs",
                               "5SECS",
                               "5m5",
                               std::string(1000, '1') + "s",
                               std::string("5secs\0", 6)};
  for (const std::string& text : cases) {
    const auto duration = ParseDuration(text);
    ASSERT_FALSE(duration.ok()) << text;
    EXPECT_EQ(duration.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(duration.status().message(), HasSubstr("1m30s or 90secs"));
    EXPECT_LT(duration.status().message().size(), 500u);
  }
}

TEST(DurationTextTest, EachSpellingRefusesTheOther) {
  EXPECT_FALSE(ParseMesosDuration("1m30s").ok());
  EXPECT_FALSE(ParseMesosDuration("5s").ok());
  EXPECT_FALSE(ParseGoDuration("5secs").ok());
}

TEST(DurationTextTest, AWholeNumberIsExact) {
  EXPECT_EQ(*ParseMesosDuration("9007199254740993ns"), absl::Nanoseconds(9007199254740993));
}

TEST(DurationTextTest, AnAbsurdNumberIsRefusedNotWrapped) {
  EXPECT_FALSE(ParseDuration("99999999999999999999999999999999999999weeks").ok());
}

}  // namespace
}  // namespace mesos_executor
