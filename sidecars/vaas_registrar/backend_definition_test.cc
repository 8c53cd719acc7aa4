#include "sidecars/vaas_registrar/backend_definition.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "sidecars/vaas_registrar/vaas_requests.h"

namespace mesos_executor::vaas {
namespace {

lifecycle::v1::Task TaskOf(const std::string& text) {
  lifecycle::v1::Task task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &task)) << text;
  return task;
}

struct Case {
  const char* name;
  const char* task;
  // The directors in order, each with the body of its POST. VaaS knows them, and the data centre,
  // by the ids 1, 2, … and 9.
  const char* expected;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BackendDefinitionTest : public ::testing::TestWithParam<Case> {};

TEST_P(BackendDefinitionTest, BecomesTheseRequests) {
  const auto definition = DefineBackends(TaskOf(GetParam().task));
  ASSERT_TRUE(definition.ok()) << definition.status();
  auto requests = nlohmann::json::array();
  for (const auto& backend : definition->backends) {
    EXPECT_EQ(backend.dc, "dc4");
    const int64_t director_id = static_cast<int64_t>(requests.size()) + 1;
    requests.push_back(
        {backend.director, nlohmann::json::parse(AddRequest(backend, director_id, 9).body)});
  }
  const auto expected = nlohmann::json::parse(GetParam().expected);
  EXPECT_EQ(requests, expected) << requests.dump(2) << "\ninstead of\n" << expected.dump(2);
  EXPECT_TRUE(definition->warnings.empty());
}

constexpr Case kCases[] = {
    {"NoLabel", R"(ports { number: 80 } labels { key: "consul" value: "web" })", "[]"},
    {"EmptyLabel", R"(ports { number: 80 } labels { key: "director" value: "" })", "[]"},
    {"NothingButCommas", R"(labels { key: "director" value: " , ," })", "[]"},
    {"LabelOfThePortIsNotEnough", R"(ports { number: 80 labels { key: "director" value: "web" } })",
     "[]"},
    {"SwitchedOff",
     R"(address: "10.0.0.7" ports { number: 80 } labels { key: "director" value: "web" }
        settings { key: "CLOUD_DC" value: "dc4" } settings { key: "VAAS_HOOK_ENABLED" value: "False" })",
     "[]"},
    {"FirstPort",
     R"(address: "10.0.0.7" ports { number: 666 } ports { number: 997 }
        labels { key: "director" value: "web" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 666, "inherit_time_profile": true}]])"},
    {"FirstOfTheLabelledPorts",
     R"(address: "10.0.0.7" ports { number: 1 } ports { number: 2 labels { key: "frontend-sync:other" } }
        ports { number: 3 labels { key: "x" } labels { key: "frontend-sync:web" value: "tag" } }
        ports { number: 4 labels { key: "frontend-sync:web" } }
        labels { key: "director" value: "web" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 3, "inherit_time_profile": true}]])"},
    {"SeveralDirectorsEachWithItsPort",
     R"(address: "10.0.0.7" ports { number: 1 } ports { number: 2 labels { key: "frontend-sync:b" } }
        labels { key: "director" value: "a, b,,a" } labels { key: "director" value: "ignored" }
        labels { key: "weight:5" value: "tag" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["a", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                "port": 1, "inherit_time_profile": true, "weight": 5}],
         ["b", {"address": "10.0.0.7", "director": "/api/v0.1/director/2/", "dc": "/api/v0.1/dc/9/",
                "port": 2, "inherit_time_profile": true, "weight": 5}]])"},
    {"WeightOfTheFirstLabelThatIsATag",
     R"(address: "10.0.0.7" ports { number: 1 } labels { key: "director" value: "web" }
        labels { key: "weight:1" value: "no" } labels { key: "weight:0" value: "tag" }
        labels { key: "weight:3" value: "tag" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 1, "inherit_time_profile": true, "weight": 0}]])"},
    {"WeightOfTheSettingGoesBeforeTheLabels",
     R"(address: "10.0.0.7" ports { number: 1 } labels { key: "director" value: "web" }
        labels { key: "weight:2" value: "tag" }
        settings { key: "CLOUD_DC" value: "dc4" } settings { key: "VAAS_INITIAL_WEIGHT" value: "100" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 1, "inherit_time_profile": true, "weight": 100}]])"},
    {"Canary",
     R"(address: "10.0.0.7" ports { number: 1 } labels { key: "director" value: "web" }
        labels { key: "canary" value: "anything" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 1, "inherit_time_profile": true, "tags": ["canary"]}]])"},
    {"ARampStartsAtOne",
     R"(address: "10.0.0.7" ports { number: 1 } labels { key: "director" value: "web" }
        labels { key: "weight:50" value: "tag" } labels { key: "executor-weight-ramp" value: "5mins" }
        settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 1, "inherit_time_profile": true, "weight": 1}]])"},
    {"NoCanaryWhereTheLabelIsEmpty",
     R"(address: "10.0.0.7" ports { number: 1 } labels { key: "director" value: "web" }
        labels { key: "canary" value: "" } settings { key: "CLOUD_DC" value: "dc4" })",
     R"([["web", {"address": "10.0.0.7", "director": "/api/v0.1/director/1/", "dc": "/api/v0.1/dc/9/",
                  "port": 1, "inherit_time_profile": true}]])"},
};
INSTANTIATE_TEST_SUITE_P(Rules, BackendDefinitionTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr char kGood[] =
    R"(address: "10.0.0.7" ports { number: 80 } labels { key: "director" value: "web" }
       settings { key: "CLOUD_DC" value: "dc4" })";

TEST(DefineBackendsTest, AWeightThatIsNoneCountsAsAbsentWithAWarning) {
  for (const std::string bad : {"heavy", "101", "-1", "1.5", "99999999999"}) {
    auto task = TaskOf(kGood);
    auto* label = task.add_labels();
    label->set_key("weight:" + bad);
    label->set_value("tag");
    const auto by_label = DefineBackends(task);
    ASSERT_TRUE(by_label.ok());
    EXPECT_EQ(by_label->backends.at(0).weight, std::nullopt) << bad;
    ASSERT_EQ(by_label->warnings.size(), 1u);
    EXPECT_NE(by_label->warnings[0].find(bad), std::string::npos) << by_label->warnings[0];

    // A good label stands in for a bad setting.
    label->set_key("weight:7");
    (*task.mutable_settings())["VAAS_INITIAL_WEIGHT"] = bad;
    const auto by_setting = DefineBackends(task);
    ASSERT_TRUE(by_setting.ok());
    EXPECT_EQ(by_setting->backends.at(0).weight, 7) << bad;
    ASSERT_EQ(by_setting->warnings.size(), 1u);
    EXPECT_NE(by_setting->warnings[0].find("VAAS_INITIAL_WEIGHT"), std::string::npos);
  }
}

TEST(DefineBackendsTest, DurationsOfOursAreRead) {
  auto task = TaskOf(kGood);
  const auto label = [&task](const char* key, const char* value) {
    auto* added = task.add_labels();
    added->set_key(key);
    added->set_value(value);
  };
  label("weight:50", "tag");
  label("executor-weight-ramp", "5m");
  label("executor-drain-delay", "10secs");
  const auto definition = DefineBackends(task);
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->backends.at(0).ramp, (WeightRamp{.to = 50, .over = absl::Minutes(5)}));
  EXPECT_EQ(definition->drain_delay, absl::Seconds(10));
}

TEST(DefineBackendsTest, DurationsThatMakeNoSenseCountAsAbsentWithAWarning) {
  for (const char* bad : {"", "soon", "-5s", "25h"}) {
    auto task = TaskOf(kGood);
    (*task.mutable_settings())["VAAS_INITIAL_WEIGHT"] = "50";
    for (const char* key : {"executor-weight-ramp", "executor-drain-delay"}) {
      auto* label = task.add_labels();
      label->set_key(key);
      label->set_value(bad);
    }
    const auto definition = DefineBackends(task);
    ASSERT_TRUE(definition.ok()) << definition.status();
    EXPECT_EQ(definition->backends.at(0).weight, 50) << bad;
    EXPECT_EQ(definition->backends.at(0).ramp, std::nullopt) << bad;
    EXPECT_EQ(definition->drain_delay, absl::ZeroDuration()) << bad;
    EXPECT_EQ(definition->warnings.size(), 2u) << bad;
  }
  // Nothing to rise to.
  auto task = TaskOf(kGood);
  auto* label = task.add_labels();
  label->set_key("executor-weight-ramp");
  label->set_value("5m");
  EXPECT_EQ(DefineBackends(task)->backends.at(0).ramp, std::nullopt);
  EXPECT_EQ(DefineBackends(task)->warnings.size(), 1u);
}

TEST(DefineBackendsTest, WhatVaasWouldRefuseIsAnErrorThatNamesIt) {
  const auto says = [](const lifecycle::v1::Task& task, const std::string& what) {
    const auto definition = DefineBackends(task);
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kInvalidArgument) << what;
    EXPECT_NE(definition.status().message().find(what), std::string::npos) << definition.status();
  };
  ASSERT_TRUE(DefineBackends(TaskOf(kGood)).ok());

  auto task = TaskOf(kGood);
  task.clear_ports();
  says(task, "give it a port");

  for (const uint32_t number : {0u, 65536u, 4294967295u}) {
    task = TaskOf(kGood);
    task.mutable_ports(0)->set_number(number);
    says(task, "1 to 65535");
  }
  for (const auto* address : {"", "fd00::7", "host.example", "10.0.0"}) {
    task = TaskOf(kGood);
    task.set_address(address);
    says(task, "CLOUD_PUBLIC_IP");
  }
  task = TaskOf(kGood);
  task.clear_settings();
  says(task, "CLOUD_DC is not set");

  for (const auto* bad : {"a b", "a&limit=0", "a/b", "\xC3\xA9", "a\n"}) {
    task = TaskOf(kGood);
    (*task.mutable_settings())["CLOUD_DC"] = bad;
    says(task, "CLOUD_DC");
  }
  for (const std::string bad : {"a b", "ok,a?b", "\xC3\xA9"}) {
    task = TaskOf(kGood);
    task.mutable_labels(0)->set_value(bad);
    says(task, "the director");
  }
  task = TaskOf(kGood);
  task.mutable_labels(0)->set_value(std::string(129, 'x'));
  says(task, "the director");

  task = TaskOf(kGood);
  (*task.mutable_settings())["VAAS_HOOK_ENABLED"] = "perhaps";
  says(task, "VAAS_HOOK_ENABLED");
}

TEST(DefineBackendsTest, ALabelCannotNameAnyNumberOfDirectors) {
  auto task = TaskOf(kGood);
  std::string list;
  for (int i = 0; i < 32; ++i) list += "d" + std::to_string(i) + ",";
  task.mutable_labels(0)->set_value(list);
  EXPECT_EQ(DefineBackends(task)->backends.size(), 32u);
  task.mutable_labels(0)->set_value(list + "more");
  EXPECT_EQ(DefineBackends(task).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::vaas
