#include "integration/fake_vaas/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::fake_vaas {
namespace {

using ::testing::ElementsAre;

TEST(FakeVaasOptionsTest, HasDefaultsThatWork) {
  const auto options = ParseOptions({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->settings.port, 0);
  EXPECT_THAT(options->settings.dcs, ElementsAre("dc1"));
  EXPECT_THAT(options->settings.directors, ElementsAre("web"));
  EXPECT_FALSE(options->help);
}

TEST(FakeVaasOptionsTest, EachIsTaken) {
  const auto options = ParseOptions({"--port", "8080", "--username=u", "--key", "k", "--dc", "a",
                                     "--dc", "b", "--director", "x", "--clusterless-director", "y",
                                     "--reload", "worker-down", "--delay", "1m30s", "--newest"});
  ASSERT_TRUE(options.ok()) << options.status();
  const Settings& settings = options->settings;
  EXPECT_EQ(settings.port, 8080);
  EXPECT_EQ(settings.username, "u");
  EXPECT_EQ(settings.key, "k");
  EXPECT_THAT(settings.dcs, ElementsAre("a", "b"));
  EXPECT_THAT(settings.directors, ElementsAre("x"));
  EXPECT_THAT(settings.clusterless_directors, ElementsAre("y"));
  EXPECT_EQ(settings.reload, Reload::kWorkerDown);
  EXPECT_EQ(settings.delay, absl::Seconds(90));
  EXPECT_TRUE(settings.newest);
  EXPECT_TRUE(ParseOptions({"--help"})->help);
  // The help names every option.
  for (const char* option :
       {"--port", "--username", "--key", "--dc", "--director", "--clusterless-director", "--reload",
        "--newest", "--delay", "--help"}) {
    EXPECT_NE(Help().find(option), std::string::npos) << option;
  }
}

TEST(FakeVaasOptionsTest, WhatMakesNoSenseIsNamed) {
  const std::pair<std::vector<std::string>, const char*> kCases[] = {
      {{"--port", "x"}, "port"},
      {{"--reload", "maybe"}, "worker-down"},
      {{"--delay", "soon"}, "--delay"},
      {{"--nonsense"}, "--nonsense"},
      {{"word"}, "--help"},
      {{"--port"}, "port"},
  };
  for (const auto& [arguments, what] : kCases) {
    const auto options = ParseOptions(arguments);
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << arguments[0];
    EXPECT_NE(options.status().message().find(what), std::string::npos) << options.status();
  }
}

}  // namespace
}  // namespace mesos_executor::fake_vaas
