#include "sidecars/exec_sidecar/exec_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace mesos_executor::exec_sidecar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

absl::StatusOr<ExecSettings> Read(std::map<std::string, std::string, std::less<>> variables) {
  return ExecSettings::From(sidecar::Settings(Environment(std::move(variables))));
}

TEST(ExecSettingsTest, ACommandIsEnough) {
  const auto settings = Read({{"EXEC_COMMAND", "/opt/notify"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->command, "/opt/notify");
  EXPECT_THAT(settings->phases, SizeIs(6));
  EXPECT_EQ(settings->timeout, absl::Seconds(10));
}

TEST(ExecSettingsTest, PhasesAndTimeAreTaken) {
  const auto settings = Read({{"ALLEGRO_EXECUTOR_EXEC_COMMAND", "notify"},
                              {"EXEC_PHASES", "before-start, terminated"},
                              {"EXEC_TIMEOUT", "1m30s"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->phases,
              ElementsAre(lifecycle::v1::BEFORE_START, lifecycle::v1::TERMINATED));
  EXPECT_EQ(settings->timeout, absl::Seconds(90));
}

TEST(ExecSettingsTest, WhatMakesNoSenseIsNamed) {
  EXPECT_THAT(Read({}).status().message(), HasSubstr("EXEC_COMMAND is not set"));
  EXPECT_THAT(Read({{"EXEC_COMMAND", "x"}, {"EXEC_PHASES", "started,dead"}}).status().message(),
              HasSubstr("EXEC_PHASES: \"dead\" is none of before-start, started"));
  for (const char* const timeout : {"soon", "0s", "-1s", "10"}) {
    EXPECT_THAT(Read({{"EXEC_COMMAND", "x"}, {"EXEC_TIMEOUT", timeout}}).status().message(),
                HasSubstr("EXEC_TIMEOUT"))
        << timeout;
  }
}

}  // namespace
}  // namespace mesos_executor::exec_sidecar
