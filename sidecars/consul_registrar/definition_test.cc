#include "sidecars/consul_registrar/definition.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "sidecars/consul_registrar/consul_api.h"

namespace mesos_executor::consul {
namespace {

lifecycle::v1::Task TaskOf(const std::string& text) {
  lifecycle::v1::Task task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &task)) << text;
  return task;
}

absl::StatusOr<TaskDefinition> Define(const lifecycle::v1::Task& task) {
  return DefineServices(task, absl::Minutes(15));
}

struct Case {
  const char* name;
  const char* task;
  // The bodies of the registrations, as they are sent, in order.
  const char* expected;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class DefinitionTest : public ::testing::TestWithParam<Case> {};

TEST_P(DefinitionTest, BecomesTheseRegistrations) {
  const auto definition = Define(TaskOf(GetParam().task));
  ASSERT_TRUE(definition.ok()) << definition.status();
  auto bodies = nlohmann::json::array();
  for (const auto& service : definition->services) {
    bodies.push_back(
        nlohmann::json::parse(RegisterRequest(service, definition->initial_status).body));
  }
  const auto expected = nlohmann::json::parse(GetParam().expected);
  EXPECT_EQ(bodies, expected) << bodies.dump(2) << "\ninstead of\n" << expected.dump(2);
}

constexpr Case kCases[] = {
    {"NoLabel", R"(task_id: "t" ports { number: 80 } labels { key: "other" value: "web" })", "[]"},
    {"LabelOfThePortAloneIsNotEnough",
     R"(task_id: "t" ports { number: 80 labels { key: "consul" value: "web" } })", "[]"},
    {"SwitchedOff",
     R"(task_id: "t" ports { number: 80 } labels { key: "consul" value: "web" }
        settings { key: "CONSUL_HOOK_ENABLED" value: "false" })",
     "[]"},
    {"FirstPortWithNoMarathonTaskTag",
     R"(task_id: "t" address: "10.0.0.7" ports { number: 666 } ports { number: 997 }
        labels { key: "consul" value: "web" } labels { key: "metrics" value: "tag" }
        labels { key: "owner" value: "team" })",
     R"([{"ID": "t_web_666", "Name": "web", "Port": 666, "Address": "10.0.0.7",
          "Tags": ["metrics", "marathon"], "Meta": {"mesos_task_id": "t"}}])"},
    {"NameFromTheTaskIdWhenTrue",
     R"(task_id: "com.example_example-app.4646218e-a9b7" address: "127.0.0.1" ports { number: 666 }
        labels { key: "consul" value: "true" })",
     R"([{"ID": "com.example_example-app.4646218e-a9b7_com.example.example-app_666",
          "Name": "com.example.example-app", "Port": 666, "Address": "127.0.0.1", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "com.example_example-app.4646218e-a9b7"}}])"},
    {"NameFromTheTaskIdWhenEmpty",
     R"(task_id: "app.1" address: "127.0.0.1" ports { number: 666 } labels { key: "consul" value: "" })",
     R"([{"ID": "app.1_app_666", "Name": "app", "Port": 666, "Address": "127.0.0.1", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "app.1"}}])"},
    {"EachLabelledPortIsAService",
     R"(task_id: "t" address: "127.0.0.1"
        ports { number: 998 labels { key: "consul" value: "web-secured" } }
        ports { number: 666 }
        ports { number: 997 labels { key: "consul" value: "web" } labels { key: "hystrix" value: "tag" } }
        labels { key: "consul" value: "ignored" } labels { key: "metrics" value: "tag" })",
     R"([{"ID": "t_web-secured_998", "Name": "web-secured", "Port": 998, "Address": "127.0.0.1",
          "Tags": ["metrics", "marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}},
         {"ID": "t_web_997", "Name": "web", "Port": 997, "Address": "127.0.0.1",
          "Tags": ["hystrix", "metrics", "marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}}])"},
    {"OnePortWithSeveralNamesAndTagsOfTheirOwn",
     R"(task_id: "t" address: "127.0.0.1"
        ports { number: 998 labels { key: "consul" value: "web,web-secured" }
                labels { key: "secured" value: "tag:web-secured" }
                labels { key: "insecured" value: "tag:web" }
                labels { key: "both" value: "tag" }
                labels { key: "nobody" value: "tag:other" }
                labels { key: "more" value: "tag:web:x" } }
        labels { key: "consul" value: "" })",
     R"([{"ID": "t_web_998", "Name": "web", "Port": 998, "Address": "127.0.0.1",
          "Tags": ["insecured", "both", "more", "marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}},
         {"ID": "t_web-secured_998", "Name": "web-secured", "Port": 998, "Address": "127.0.0.1",
          "Tags": ["secured", "both", "marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}}])"},
    {"EmptyNamesAreSkipped",
     R"(task_id: "t" address: "127.0.0.1"
        ports { number: 1 labels { key: "consul" value: "" } }
        ports { number: 2 labels { key: "consul" value: "a,,b," } }
        labels { key: "consul" value: "web" })",
     R"([{"ID": "t_a_2", "Name": "a", "Port": 2, "Address": "127.0.0.1",
          "Tags": ["marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}},
         {"ID": "t_b_2", "Name": "b", "Port": 2, "Address": "127.0.0.1",
          "Tags": ["marathon", "marathon-task:t"], "Meta": {"mesos_task_id": "t"}}])"},
    {"PlaceholdersInTags",
     R"(task_id: "t" address: "127.0.0.1"
        ports { number: 655 name: "admin" labels { key: "consul" value: "web-admin" }
                labels { key: "admin" value: "tag" } }
        ports { number: 766 labels { key: "consul" value: "web" }
                labels { key: "admin-port:{port:admin}" value: "tag" }
                labels { key: "{port:unknown} stays" value: "tag" } }
        ports { number: 877 name: "service" }
        labels { key: "consul" value: "x" } labels { key: "service-port:{port:service}" value: "tag" }
        settings { key: "CONSUL_GLOBAL_TAG" value: "all-{port:admin}-{port:service}" })",
     R"([{"ID": "t_web-admin_655", "Name": "web-admin", "Port": 655, "Address": "127.0.0.1",
          "Tags": ["admin", "service-port:877", "all-655-877", "marathon-task:t"],
          "Meta": {"mesos_task_id": "t"}},
         {"ID": "t_web_766", "Name": "web", "Port": 766, "Address": "127.0.0.1",
          "Tags": ["admin-port:655", "{port:unknown} stays", "service-port:877", "all-655-877",
                   "marathon-task:t"],
          "Meta": {"mesos_task_id": "t"}}])"},
    {"NoGlobalTag",
     R"(task_id: "t" address: "127.0.0.1" ports { number: 80 } labels { key: "consul" value: "web" }
        settings { key: "CONSUL_GLOBAL_TAG" value: "" })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "127.0.0.1", "Tags": [],
          "Meta": {"mesos_task_id": "t"}}])"},
    {"HttpCheckGoesToTheServicesOwnPort",
     R"(framework_id: "f" executor_id: "e" task_id: "t" address: "10.0.0.7"
        ports { number: 80 } labels { key: "consul" value: "web" }
        health_check { http { scheme: "http" port: 81 path: "/ping?deep=1" }
                       interval { seconds: 90 } timeout { seconds: 2 nanos: 500000000 } })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "10.0.0.7", "Tags": ["marathon"],
          "Meta": {"mesos_framework_id": "f", "mesos_executor_id": "e", "mesos_task_id": "t"},
          "Check": {"HTTP": "http://10.0.0.7:80/ping?deep=1", "Interval": "1m30s", "Timeout": "2.5s",
                    "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}}])"},
    {"HttpsCheckIsNotVerified",
     R"(task_id: "t" address: "10.0.0.7" ports { number: 443 } labels { key: "consul" value: "web" }
        health_check { http { scheme: "https" port: 443 path: "/" }
                       interval { seconds: 1 } timeout { seconds: 1 } })",
     R"([{"ID": "t_web_443", "Name": "web", "Port": 443, "Address": "10.0.0.7", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "t"},
          "Check": {"HTTP": "https://10.0.0.7:443/", "TLSSkipVerify": true, "Interval": "1s",
                    "Timeout": "1s", "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}}])"},
    {"TcpCheckOverIpv6WithAStatusOfOnesOwn",
     R"(task_id: "t" address: "fd00::7" ports { number: 80 } labels { key: "consul" value: "web" }
        health_check { tcp { port: 80 } interval { seconds: 5 } timeout { seconds: 1 } }
        settings { key: "INITIAL_HEALTH_CHECK_STATUS" value: "critical" })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "fd00::7", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "t"},
          "Check": {"TCP": "[fd00::7]:80", "Interval": "5s", "Timeout": "1s", "Status": "critical",
                    "DeregisterCriticalServiceAfter": "15m"}}])"},
    {"CheckWithoutTimes",
     R"(task_id: "t" address: "10.0.0.7" ports { number: 80 } labels { key: "consul" value: "web" }
        health_check { tcp { port: 80 } }
        settings { key: "INITIAL_HEALTH_CHECK_STATUS" value: "" })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "10.0.0.7", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "t"},
          "Check": {"TCP": "10.0.0.7:80", "Interval": "10s", "DeregisterCriticalServiceAfter": "15m"}}])"},
    {"CommandCheckIsPassedOn",
     R"(task_id: "t" address: "10.0.0.7" ports { number: 80 } labels { key: "consul" value: "web" }
        health_check { interval { seconds: 5 } timeout { seconds: 1 } })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "10.0.0.7", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "t"},
          "Check": {"TTL": "10m", "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}}])"},
    {"HttpCheckIsPassedOnWhereAsked",
     R"(task_id: "t" address: "10.0.0.7" ports { number: 80 } labels { key: "consul" value: "web" }
        labels { key: "executor-consul-health" value: "true" }
        health_check { http { scheme: "http" port: 80 path: "/" } interval { seconds: 5 } })",
     R"([{"ID": "t_web_80", "Name": "web", "Port": 80, "Address": "10.0.0.7", "Tags": ["marathon"],
          "Meta": {"mesos_task_id": "t"},
          "Check": {"TTL": "10m", "Status": "passing", "DeregisterCriticalServiceAfter": "15m"}}])"},
};
INSTANTIATE_TEST_SUITE_P(Rules, DefinitionTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ServiceNameTest, ComesFromTheTaskIdAsInTheSeed) {
  EXPECT_EQ(ServiceNameFromTaskId("/rootGroup/subGroup/subSubGroup/name"),
            "rootGroup-subGroup-subSubGroup-name");
  EXPECT_EQ(ServiceNameFromTaskId("com.example_app.4646218e-a9b7-11e7"), "com.example.app");
  EXPECT_EQ(ServiceNameFromTaskId("app.4646218e"), "app");
  EXPECT_EQ(ServiceNameFromTaskId(" plain/ "), "plain");
  EXPECT_EQ(ServiceNameFromTaskId("group_app.instance-1._app.2"), "group.app.instance-1..app");
}

TEST(DefineServicesTest, ALabelWithoutAPortIsAnErrorThatSaysWhatToDo) {
  const auto definition = Define(TaskOf(R"(task_id: "t" labels { key: "consul" value: "web" })"));
  EXPECT_EQ(definition.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(definition.status().message().find("give it a port"), std::string::npos);
}

TEST(DefineServicesTest, ASettingThatMakesNoSenseIsNamed) {
  for (const char* name : {"CONSUL_HOOK_ENABLED", "INITIAL_HEALTH_CHECK_STATUS"}) {
    auto task =
        TaskOf(R"(task_id: "t" ports { number: 80 } labels { key: "consul" value: "web" })");
    (*task.mutable_settings())[name] = "perhaps";
    const auto definition = Define(task);
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(definition.status().message().find(name), std::string::npos);
    EXPECT_NE(definition.status().message().find("perhaps"), std::string::npos);
  }
}

TEST(DefineServicesTest, CriticalServicesStayWhereThatIsAskedFor) {
  const auto definition =
      DefineServices(TaskOf(R"(task_id: "t" ports { number: 80 } health_check { tcp { port: 80 } }
                               labels { key: "consul" value: "web" })"),
                     absl::ZeroDuration());
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(RegisterRequest(definition->services[0], "").body.find("DeregisterCritical"),
            std::string::npos);
}

TEST(DefineServicesTest, TheDrainDelayTakesEitherSpelling) {
  auto task = TaskOf(R"(task_id: "t" ports { number: 80 } labels { key: "consul" value: "web" }
                        labels { key: "executor-drain-delay" value: "" })");
  for (const auto& [text, expected] : {std::pair{"1m30s", absl::Seconds(90)},
                                       {"5secs", absl::Seconds(5)},
                                       {"0", absl::ZeroDuration()}}) {
    task.mutable_labels(1)->set_value(text);
    const auto definition = Define(task);
    ASSERT_TRUE(definition.ok()) << definition.status();
    EXPECT_EQ(definition->drain_delay, expected) << text;
  }
}

TEST(DefineServicesTest, ALabelOfOursThatMakesNoSenseIsAWarningAndCountsForNothing) {
  for (const char* name : {"executor-drain-delay", "executor-consul-health"}) {
    auto task = TaskOf(R"(task_id: "t" ports { number: 80 } health_check { tcp { port: 80 } }
                          labels { key: "consul" value: "web" })");
    const auto without = Define(task);
    auto* label = task.add_labels();
    label->set_key(name);
    label->set_value("perhaps");
    const auto definition = Define(task);
    ASSERT_TRUE(definition.ok() && without.ok()) << definition.status();
    EXPECT_EQ(definition->services, without->services);
    EXPECT_EQ(definition->drain_delay, absl::ZeroDuration());
    ASSERT_EQ(definition->warnings.size(), 1u);
    EXPECT_NE(definition->warnings[0].find(name), std::string::npos) << definition->warnings[0];
    EXPECT_NE(definition->warnings[0].find("perhaps"), std::string::npos);
  }
}

// integration/fake_consul:consul_facts_test shows what Consul does with them.
TEST(DefineServicesTest, WhatConsulCouldNotRemoveAgainIsRefused) {
  for (const std::string bad : {"a\tb", "a\nb", "\x7F", "\xC2\xA0", "a\xE2\x80\x8B"}) {
    const std::string ok = R"(ports { number: 80 } labels { key: "consul" value: "web" })";
    auto task = TaskOf(ok);
    task.set_task_id(bad);
    auto by_label = TaskOf(ok);
    by_label.mutable_labels(0)->set_value(bad);
    auto by_port = TaskOf(ok);
    auto* label = by_port.mutable_ports(0)->add_labels();
    label->set_key("consul");
    label->set_value("fine," + bad);
    for (const auto& wrong : {task, by_label, by_port}) {
      const auto status = Define(wrong).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
      EXPECT_NE(status.message().find("printable"), std::string::npos) << status;
    }
  }
  // Tags are no part of a path.
  EXPECT_TRUE(Define(TaskOf(R"(task_id: "t" ports { number: 80 }
      labels { key: "consul" value: "a b/../c" } labels { key: "\t\302\240" value: "tag" })"))
                  .ok());
}

TEST(DefineServicesTest, MetaThatConsulWouldRefuseIsLeftOut) {
  auto task = TaskOf(R"(task_id: "t" ports { number: 80 } labels { key: "consul" value: "web" })");
  task.set_executor_id(std::string(513, 'x'));
  const auto definition = Define(task);
  ASSERT_TRUE(definition.ok());
  EXPECT_EQ(definition->services[0].meta.count("mesos_executor_id"), 0u);
}

TEST(DefineServicesTest, AFewLabelsCannotAskForAnyAmount) {
  auto task = TaskOf(R"(task_id: "t" ports { number: 80 } labels { key: "consul" value: "web" })");
  auto* names = task.mutable_ports(0)->add_labels();
  names->set_key("consul");
  const auto ask_for = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += "x,";
    names->set_value(list);
    return Define(task).status().code();
  };
  EXPECT_EQ(ask_for(256), absl::StatusCode::kOk);
  EXPECT_EQ(ask_for(257), absl::StatusCode::kInvalidArgument);
  // Two services, but each has the whole tag.
  (*task.mutable_settings())["CONSUL_GLOBAL_TAG"] = std::string(100'000, 'x');
  EXPECT_EQ(ask_for(1), absl::StatusCode::kOk);
  EXPECT_EQ(ask_for(2), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::consul
