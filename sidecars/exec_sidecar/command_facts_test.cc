#include "sidecars/exec_sidecar/command_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace mesos_executor::exec_sidecar {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(CommandFactsTest, TheEnvironmentTellsTheTasksFacts) {
  lifecycle::v1::Task task;
  task.set_framework_id("f");
  task.set_executor_id("e");
  task.set_task_id("t");
  task.set_name("web app");
  task.set_address("10.0.0.1");
  task.add_ports()->set_number(80);
  task.add_ports()->set_number(81);
  auto* const label = task.add_labels();
  label->set_key("log-scraping");
  label->set_value("json");
  EXPECT_THAT(
      CommandEnvironment(task, {lifecycle::v1::HEALTHY, lifecycle::v1::HEALTH_HEALTHY}, "/bin"),
      ElementsAre("PATH=/bin", "PHASE=healthy", "HEALTH=healthy", "FRAMEWORK_ID=f", "EXECUTOR_ID=e",
                  "TASK_ID=t", "TASK_NAME=web app", "TASK_ADDRESS=10.0.0.1", "TASK_PORTS=80,81",
                  "TASK_LABEL_LOG_SCRAPING=json",
                  "TASK_JSON={\"framework_id\":\"f\",\"executor_id\":\"e\",\"task_id\":\"t\","
                  "\"name\":\"web app\",\"address\":\"10.0.0.1\",\"labels\":[{\"key\":"
                  "\"log-scraping\",\"value\":\"json\"}],\"ports\":[{\"number\":80},{\"number\":81}"
                  "]}"));
}

TEST(CommandFactsTest, OfLabelsWhoseNamesComeOutAlikeTheFirstCounts) {
  lifecycle::v1::Task task;
  for (const char* const key : {"a.b", "a-b", "a b"}) {
    auto* const label = task.add_labels();
    label->set_key(key);
    label->set_value(key);
  }
  const auto environment = CommandEnvironment(task, {}, "");
  EXPECT_THAT(environment, Contains("TASK_LABEL_A_B=a.b"));
  EXPECT_THAT(environment, Not(Contains("TASK_LABEL_A_B=a-b")));
}

TEST(CommandFactsTest, AZeroByteEndsAValue) {
  lifecycle::v1::Task task;
  task.set_name(std::string("a\0b", 3));
  EXPECT_THAT(CommandEnvironment(task, {}, ""), Contains("TASK_NAME=a"));
}

TEST(CommandFactsTest, LabelsWithoutEndAreBounded) {
  lifecycle::v1::Task task;
  for (int i = 0; i < 5000; ++i) task.add_labels()->set_key(absl::StrCat("k", i));
  EXPECT_LT(CommandEnvironment(task, {}, "").size(), 1100u);
}

TEST(CommandFactsTest, WhatNoProgramCouldBeStartedWithIsLeftOut) {
  lifecycle::v1::Task task;
  task.set_name("web");
  auto* const label = task.add_labels();
  label->set_key("long");
  label->set_value(std::string(200 * 1024, 'x'));
  const auto environment = CommandEnvironment(task, {}, "");
  EXPECT_THAT(environment, Contains("TASK_NAME=web"));
  EXPECT_THAT(environment, Not(Contains(StartsWith("TASK_LABEL_LONG="))));
  EXPECT_THAT(environment, Not(Contains(StartsWith("TASK_JSON="))));
}

TEST(CommandFactsTest, OutputLinesAreVariables) {
  const auto variables = ParseVariables("A=1\n\nB=x=y z\nC=\n");
  ASSERT_TRUE(variables.ok()) << variables.status();
  EXPECT_THAT(*variables, ElementsAre(Pair("A", "1"), Pair("B", "x=y z"), Pair("C", "")));
  EXPECT_THAT(*ParseVariables(""), IsEmpty());
}

TEST(CommandFactsTest, ALineThatIsNoVariableIsNamed) {
  EXPECT_THAT(ParseVariables("A=1\nhello\n").status().message(),
              HasSubstr("line 2 of the command's output, \"hello\", is not NAME=value"));
  EXPECT_FALSE(ParseVariables("=1").ok());
}

TEST(CommandFactsTest, WhyItFailedIsTheLastLine) {
  EXPECT_EQ(LastLine("one\ntwo\n\n"), "two");
  EXPECT_EQ(LastLine("one"), "one");
  EXPECT_EQ(LastLine(" \n"), "");
}

}  // namespace
}  // namespace mesos_executor::exec_sidecar
