#include "supervisor/launch/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::launch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CommandTest, MarathonsPrefixIsStrippedAndNothingElse) {
  EXPECT_EQ(WithoutMarathonPrefix(
                "chmod ug+rx './x/mesos-executor' && exec './x/mesos-executor' sleep 5"),
            "sleep 5");
  EXPECT_EQ(WithoutMarathonPrefix("chmod ug+rx 'e' && exec 'e' a && exec 'e' b"),
            "a && exec 'e' b");
  EXPECT_EQ(WithoutMarathonPrefix("chmod ug+rx 'e' && exec 'e'"), "");
  for (const char* other : {"sleep 5", "chmod ug+rx 'e' && exec 'f' x", "chmod ug+rx 'e",
                            "chmod ug+rx e && exec e x", ""}) {
    EXPECT_EQ(WithoutMarathonPrefix(other), other);
  }
}

TEST(CommandTest, TheTasksOwnCommandComesFirst) {
  mesos::v1::TaskInfo task;
  task.mutable_executor()->mutable_command()->set_value(
      "chmod ug+rx 'e' && exec 'e' of-the-executor");
  EXPECT_THAT(CommandOf(task, "mesos-executor")->argv, ElementsAre("sh", "-c", "of-the-executor"));
  task.mutable_command()->set_value("of-the-task");
  task.mutable_command()->set_user("nobody");
  EXPECT_THAT(CommandOf(task, "mesos-executor")->argv, ElementsAre("sh", "-c", "of-the-task"));
  EXPECT_EQ(CommandOf(task, "mesos-executor")->program, "/bin/sh");
  EXPECT_EQ(CommandOf(task, "mesos-executor")->user, "nobody");
}

TEST(CommandTest, TheExecutorsOwnUserIsNotSwitchedToAgain) {
  mesos::v1::TaskInfo task;
  task.mutable_executor()->mutable_command()->set_value("sleep 5");
  task.mutable_executor()->mutable_command()->set_user("of-some-directory-service");
  EXPECT_EQ(CommandOf(task, "mesos-executor")->user, "");
}

TEST(CommandTest, AnExecutorNeverStartsItselfAsTheTask) {
  mesos::v1::TaskInfo task;
  for (const char* own :
       {"./mesos-executor/mesos-executor", "exec './a b/mesos-executor' --x", "mesos-executor"}) {
    task.mutable_executor()->mutable_command()->set_value(own);
    EXPECT_THAT(CommandOf(task, "mesos-executor").status().message(),
                HasSubstr("the task has no command"))
        << own;
  }
  task.mutable_executor()->mutable_command()->set_value("./mesos-executor-test");
  EXPECT_TRUE(CommandOf(task, "mesos-executor").ok());
}

TEST(CommandTest, WithoutAShellTheArgumentsAreArgv) {
  mesos::v1::TaskInfo task;
  task.mutable_command()->set_shell(false);
  task.mutable_command()->set_value("/bin/echo");
  EXPECT_THAT(CommandOf(task, "mesos-executor")->argv, ElementsAre("/bin/echo"));
  task.mutable_command()->add_arguments("echo");
  task.mutable_command()->add_arguments("$HOME");
  EXPECT_EQ(CommandOf(task, "mesos-executor")->program, "/bin/echo");
  EXPECT_THAT(CommandOf(task, "mesos-executor")->argv, ElementsAre("echo", "$HOME"));
}

TEST(CommandTest, ATaskWithoutACommandIsAClearError) {
  mesos::v1::TaskInfo task;
  task.mutable_executor()->mutable_command()->set_value("chmod ug+rx 'e' && exec 'e'");
  EXPECT_THAT(CommandOf(task, "mesos-executor").status().message(),
              HasSubstr("set TaskInfo.command"));
  task.mutable_command();
  EXPECT_THAT(CommandOf(task, "mesos-executor").status().message(),
              HasSubstr("TaskInfo.command has no value"));
}

TEST(CommandTest, TheTaskKnowsTheRoleOfItsResources) {
  mesos::v1::TaskInfo task;
  EXPECT_THAT(EnvironmentOf(task, Environment(), {}), IsEmpty());
  task.add_resources()->mutable_allocation_info()->set_role("ads");
  EXPECT_THAT(EnvironmentOf(task, Environment(), {}), ElementsAre("MESOS_ALLOCATION_ROLE=ads"));
}

TEST(CommandTest, TheEnvironmentIsOursThenTheTasksThenTheSidecars) {
  mesos::v1::TaskInfo task;
  auto* variables = task.mutable_command()->mutable_environment();
  auto* b = variables->add_variables();
  b->set_name("B");
  b->set_value("task");
  auto* c = variables->add_variables();
  c->set_name("C");
  c->set_value("task");
  variables->add_variables()->set_name("SECRET_WITHOUT_VALUE");
  const Environment own({{"A", "own"},
                         {"B", "own"},
                         {"C", "own"},
                         {"CONSUL_TOKEN", "s"},
                         {"ALLEGRO_EXECUTOR_DEBUG", "1"}});
  EXPECT_THAT(EnvironmentOf(task, own, {"C=sidecar=1"}),
              ElementsAre("A=own", "B=task", "C=sidecar=1"));
}

TEST(CommandTest, WhatATaskNeedsCanBeKept) {
  const Environment own({{"ALLEGRO_EXECUTOR_KEEP_ENV", "CONSUL_TOKEN, ALLEGRO_EXECUTOR_DEBUG"},
                         {"ALLEGRO_EXECUTOR_DEBUG", "1"},
                         {"CONSUL_TOKEN", "s"},
                         {"VAAS_TOKEN", "v"}});
  EXPECT_THAT(EnvironmentOf(mesos::v1::TaskInfo(), own, {}),
              ElementsAre("ALLEGRO_EXECUTOR_DEBUG=1", "CONSUL_TOKEN=s"));
}

}  // namespace
}  // namespace mesos_executor::launch
