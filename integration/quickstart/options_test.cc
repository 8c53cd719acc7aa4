#include "integration/quickstart/options.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace mesos_executor::quickstart {
namespace {

const std::vector<std::string> kPrograms = {"--executor", "/bin/sh",   "--sidecar",
                                            "/bin/sh",    "--service", "/bin/sh"};

absl::StatusOr<Options> Parse(std::vector<std::string> more) {
  more.insert(more.begin(), kPrograms.begin(), kPrograms.end());
  return ParseOptions(more);
}

TEST(OptionsTest, WhatDeployQuickstartPassesIsUnderstood) {
  const auto options = Parse({"--for", "5s", "--json"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->executor, "/bin/sh");
  EXPECT_EQ(options->run_for, absl::Seconds(5));
  EXPECT_TRUE(options->json);
  EXPECT_FALSE(options->help);
}

TEST(OptionsTest, WithoutForThereIsNoLimit) {
  const auto options = Parse({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_FALSE(options->run_for.has_value());
  EXPECT_FALSE(options->json);
}

TEST(OptionsTest, HelpNeedsNothingElse) {
  const auto options = ParseOptions({"--help"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->help);
}

TEST(OptionsTest, ProgramsAreFoundFromAnyFolder) {
  ASSERT_EQ(chdir("/"), 0);
  const auto options =
      ParseOptions({"--executor", "bin/sh", "--sidecar", "/bin/sh", "--service", "/bin/sh"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->executor, "/bin/sh");
}

TEST(OptionsTest, AWrongArgumentIsNamed) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--fro", "5s"}, "--fro"}, {{"--for"}, "--for"},     {{"--for", "soon"}, "soon"},
      {{"--for", "-1s"}, "-1s"},  {{"more"}, "positional"}, {{"--json", "--json"}, "--json"},
  };
  for (const auto& [arguments, named] : cases) {
    const auto options = Parse(arguments);
    ASSERT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << named;
    EXPECT_NE(options.status().message().find(named), std::string::npos) << options.status();
  }
}

TEST(OptionsTest, AProgramThatIsMissingOrCannotRunIsNamed) {
  EXPECT_NE(ParseOptions({}).status().message().find("--executor"), std::string::npos);
  const auto options =
      ParseOptions({"--executor", "/bin/sh", "--sidecar", "/no/such", "--service", "/bin/sh"});
  EXPECT_EQ(options.status().message(), "--sidecar: '/no/such' is not a program that can be run");
  EXPECT_FALSE(
      ParseOptions({"--executor", "/", "--sidecar", "/bin/sh", "--service", "/bin/sh"}).ok());
}

}  // namespace
}  // namespace mesos_executor::quickstart
