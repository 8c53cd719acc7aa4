#include "protos/mesos/v1/mesos_json.h"

#include <gtest/gtest.h>

#include "protos/mesos/v1/executor.pb.h"
#include "protos/mesos/v1/task.pb.h"
#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor {
namespace {

using mesos::v1::TaskInfo;
using mesos::v1::executor::Event;

TEST(MesosJsonTest, PrintsAKillAsARealAgentDid) {
  Event event;
  event.set_type(Event::KILL);
  event.mutable_kill()->mutable_task_id()->set_value("t");
  event.mutable_kill()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(2500000000);
  EXPECT_EQ(PrintMesosJson(event),
            R"({"type":"KILL","kill":{"task_id":{"value":"t"},)"
            R"("kill_policy":{"grace_period":{"nanoseconds":2500000000}}}})");
}

TEST(MesosJsonTest, WhatIsPrintedIsReadBack) {
  TaskInfo task;
  task.set_name("n");
  task.mutable_task_id()->set_value("t \"quoted\" \n");
  task.mutable_agent_id()->set_value("a");
  task.set_data(std::string("\0\xff", 2));
  (*task.mutable_limits())["cpus"].set_value(0.1);
  task.mutable_max_completion_time()->set_nanoseconds(int64_t{1} << 60);
  task.mutable_command()->set_shell(false);
  task.mutable_command()->add_arguments("one");
  task.mutable_command()->add_arguments("two");
  task.mutable_health_check()->set_consecutive_failures(4294967295);
  TaskInfo read;
  ASSERT_TRUE(ParseMesosJson(PrintMesosJson(task), &read).ok());
  EXPECT_EQ(PrintMesosJson(read), PrintMesosJson(task));
  EXPECT_EQ(read.data(), task.data());
  EXPECT_EQ(read.limits().at("cpus").value(), 0.1);
}

TEST(MesosJsonTest, SyntaxErrorsNameTheLine) {
  TaskInfo task;
  EXPECT_EQ(ParseMesosJson("{\n\"name\": oops\n}", &task).message(),
            "Failed to parse body into JSON: syntax error at line 2 near: ops");
  EXPECT_EQ(ParseMesosJson("{\"a\":x\x1b[31m\x7f}", &task).message(),
            "Failed to parse body into JSON: syntax error at line 1 near: \\x1b[31m\\x7f}")
      << "no byte of it reaches a terminal as it is";
}

TEST(MesosJsonTest, ANumberThatNoDoubleHoldsIsRefused) {
  Event event;
  for (const char* text : {R"({"new":1e999})", R"({"kill":{"kill_policy":"1e999"}})"}) {
    EXPECT_FALSE(ParseMesosJson(text, &event).ok()) << text;
  }
}

TEST(MesosJsonTest, UnknownFieldsArePassedOver) {
  Event event;
  ASSERT_TRUE(ParseMesosJson(R"({"type":"HEARTBEAT","new_in_2030":{"a":[1]}})", &event).ok());
  EXPECT_EQ(event.type(), Event::HEARTBEAT);
}

TEST(MesosJsonTest, ValuesOfTheWrongTypeAreRefused) {
  for (
      const char* text :
      {R"({"type":1})", R"({"kill":"x"})", R"({"kill":[]})", R"({"message":{"data":true}})",
       R"({"kill":{"task_id":{"value":"t"},"kill_policy":{"grace_period":{"nanoseconds":1.5}}}})"}) {
    Event event;
    EXPECT_FALSE(ParseMesosJson(text, &event).ok()) << text;
  }
}

TEST(MesosJsonTest, NumbersMayBeQuoted) {
  Event event;
  ASSERT_TRUE(
      ParseMesosJson(
          R"({"kill":{"task_id":{"value":"t"},"kill_policy":{"grace_period":{"nanoseconds":"5"}}}})",
          &event)
          .ok());
  EXPECT_EQ(event.kill().kill_policy().grace_period().nanoseconds(), 5);
}

TEST(MesosJsonTest, MemoryIsBounded) {
  Event event;
  EXPECT_EQ(ParseMesosJson(std::string(1 << 20, '['), &event).message(), "Nested too deeply");
  std::string text = R"({"new":[0)";
  for (int i = 0; i < 1 << 19; ++i) text += ",0";
  EXPECT_EQ(ParseMesosJson(text + "]}", &event).message(), "Too many values");
  EXPECT_TRUE(
      ParseMesosJson(R"({"type":"HEARTBEAT","new":")" + std::string(1 << 20, ',') + "\"}", &event)
          .ok())
      << "text may be long";
}

TEST(MesosJsonTest, ManyMembersOfOneObjectAreReadFast) {
  std::string text = R"({"type":"HEARTBEAT","new":{"a":0)";
  for (int i = 0; i < 200'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  Event event;
  EXPECT_TRUE(ParseMesosJson(text + "}}", &event).ok());
}

TEST(MesosJsonTest, AnUnknownEnumValueIsPassedOverUnlessItsFieldIsRequired) {
  Event event;
  ASSERT_TRUE(ParseMesosJson(R"({"type":"OF_2030"})", &event).ok());
  EXPECT_EQ(event.type(), Event::UNKNOWN);
  EXPECT_FALSE(event.has_type());
  mesos::v1::TaskStatus status;
  EXPECT_FALSE(ParseMesosJson(R"({"task_id":{"value":"t"},"state":"TASK_OF_2030"})", &status).ok());
}

TEST(MesosJsonTest, EndlessNestingIsRefused) {
  std::string text = R"({"value":"c"})";
  for (int i = 0; i < 1000; ++i) text = R"({"value":"c","parent":)" + text + "}";
  mesos::v1::ContainerID id;
  EXPECT_FALSE(ParseMesosJson(text, &id).ok());
}

}  // namespace
}  // namespace mesos_executor
