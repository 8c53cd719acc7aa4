#include "supervisor/base/command_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(CommandInfoTest, AShellIsCalledShAndTakesNoArguments) {
  mesos::v1::CommandInfo info;
  info.add_arguments("ignored");
  const CommandLine line = CommandLineOf(info, "a | b");
  EXPECT_EQ(line.program, "/bin/sh");
  EXPECT_THAT(line.argv, ElementsAre("sh", "-c", "a | b"));
}

TEST(CommandInfoTest, WithoutAShellTheArgumentsIncludeTheFirst) {
  mesos::v1::CommandInfo info;
  info.set_shell(false);
  EXPECT_EQ(CommandLineOf(info, "prog").program, "prog");
  EXPECT_THAT(CommandLineOf(info, "prog").argv, ElementsAre("prog"));
  info.add_arguments("p");
  info.add_arguments("x y");
  EXPECT_EQ(CommandLineOf(info, "prog").program, "prog");
  EXPECT_THAT(CommandLineOf(info, "prog").argv, ElementsAre("p", "x y"));
}

TEST(CommandInfoTest, AVariableWithoutAValueIsLeftOut) {
  mesos::v1::CommandInfo info;
  const auto add = [&](const char* name) {
    auto* variable = info.mutable_environment()->add_variables();
    variable->set_name(name);
    return variable;
  };
  add("A")->set_value("1");
  add("S")->set_type(mesos::v1::Environment::Variable::SECRET);
  add("B")->set_value("");
  EXPECT_THAT(VariablesOf(info), ElementsAre(Pair("A", "1"), Pair("B", "")));
}

}  // namespace
}  // namespace mesos_executor
