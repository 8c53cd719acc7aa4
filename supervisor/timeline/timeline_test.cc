#include "supervisor/timeline/timeline.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mesos_executor {
namespace {

const absl::Time kTime = absl::FromUnixMillis(1'000'000'000'123);

std::vector<nlohmann::json> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(TimelineTest, ALineHasWhatIsKnownAndNothingElse) {
  EXPECT_EQ(
      EncodeTimelineEntry({.kind = TimelineKind::kState, .name = "TASK_RUNNING"}, kTime, 7),
      R"({"time":"2001-09-09T01:46:40.123000Z","seq":7,"kind":"state","name":"TASK_RUNNING"})");
  EXPECT_EQ(EncodeTimelineEntry({.kind = TimelineKind::kPhase,
                                 .name = "healthy",
                                 .sidecar = "consul-registrar",
                                 .outcome = "ok",
                                 .took = absl::Microseconds(1500),
                                 .message = "registered"},
                                kTime, 8),
            R"({"time":"2001-09-09T01:46:40.123000Z","seq":8,"kind":"phase","name":"healthy",)"
            R"("sidecar":"consul-registrar","outcome":"ok","ms":1.5,"message":"registered"})");
}

TEST(TimelineTest, BytesThatAreNotTextDoNoHarm) {
  const std::string line = EncodeTimelineEntry({.name = "x", .message = "a\xff\n\"b"}, kTime, 1);
  EXPECT_EQ(nlohmann::json::parse(line)["message"], "a\xef\xbf\xbd\n\"b");
}

TEST(TimelineTest, TheFileIsBoundedButKeepsHowTheTaskEnded) {
  const std::string path = testing::TempDir() + "/bounded.jsonl";
  auto timeline = Timeline::Open(path, 2000);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  for (int i = 0; i < 1000; ++i)
    timeline->Add({.kind = TimelineKind::kState, .name = "TASK_RUNNING"}, kTime);
  timeline->Add({.kind = TimelineKind::kState, .name = "TASK_FINISHED", .end = true}, kTime);
  const auto lines = Lines(path);
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[lines.size() - 2]["name"], "timeline-full");
  EXPECT_EQ(lines.back()["name"], "TASK_FINISHED");
  for (int i = 0; i < 1000; ++i)
    timeline->Add({.kind = TimelineKind::kState, .name = "s", .end = true}, kTime);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_LT(info.st_size, 4200);
}

TEST(TimelineTest, WhatIsNotARegularFileIsRefused) {
  const std::string fifo = testing::TempDir() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(Timeline::Open(fifo).ok());
  const std::string link = testing::TempDir() + "/link";
  ASSERT_EQ(symlink("/dev/null", link.c_str()), 0);
  EXPECT_FALSE(Timeline::Open(link).ok());
}

}  // namespace
}  // namespace mesos_executor
