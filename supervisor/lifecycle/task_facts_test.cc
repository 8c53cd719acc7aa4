#include "supervisor/lifecycle/task_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace mesos_executor::lifecycle {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

mesos::v1::TaskInfo Info() {
  mesos::v1::TaskInfo info;
  info.set_name("web");
  info.mutable_task_id()->set_value("web.1");
  info.mutable_agent_id()->set_value("agent");
  return info;
}

v1::Task Make(const mesos::v1::TaskInfo& info,
              std::map<std::string, std::string, std::less<>> variables = {}) {
  return MakeTask(info, {"framework", "executor", "agent", "host"},
                  Environment(std::move(variables)));
}

TEST(MakeTask, NamesTheTaskAndWhereItRuns) {
  const v1::Task task = Make(Info());
  EXPECT_EQ(task.framework_id(), "framework");
  EXPECT_EQ(task.executor_id(), "executor");
  EXPECT_EQ(task.task_id(), "web.1");
  EXPECT_EQ(task.name(), "web");
  EXPECT_EQ(task.agent_id(), "agent");
  EXPECT_EQ(task.agent_hostname(), "host");
  EXPECT_FALSE(task.has_health_check());
}

TEST(MakeTask, TheAddressIsThePublicOneWhereThereIsOne) {
  EXPECT_EQ(Make(Info()).address(), "127.0.0.1");
  EXPECT_EQ(Make(Info(), {{"CLOUD_PUBLIC_IP", ""}}).address(), "127.0.0.1");
  EXPECT_EQ(Make(Info(), {{"CLOUD_PUBLIC_IP", "10.1.2.3"}}).address(), "10.1.2.3");
}

TEST(MakeTask, PortsKeepTheirOrderTheirLabelsAndAProtocol) {
  mesos::v1::TaskInfo info = Info();
  auto* ports = info.mutable_discovery()->mutable_ports();
  ports->add_ports()->set_number(31001);
  auto* udp = ports->add_ports();
  udp->set_number(31000);
  udp->set_name("metrics");
  udp->set_protocol("udp");
  udp->mutable_labels()->add_labels()->set_key("consul");
  const v1::Task task = Make(info);
  ASSERT_EQ(task.ports_size(), 2);
  EXPECT_EQ(task.ports(0).number(), 31001u);
  EXPECT_EQ(task.ports(0).protocol(), "tcp");
  EXPECT_EQ(task.ports(1).name(), "metrics");
  EXPECT_EQ(task.ports(1).protocol(), "udp");
  ASSERT_EQ(task.ports(1).labels_size(), 1);
  EXPECT_EQ(task.ports(1).labels(0).key(), "consul");
  EXPECT_EQ(task.ports(1).labels(0).value(), "");
}

TEST(MakeTask, TheKindOfAHealthCheckIsWhatIsSetWhereNoTypeIs) {
  struct {
    std::optional<mesos::v1::HealthCheck::Type> type;
    bool http, tcp;
    v1::HealthCheck::CheckCase expected;
  } const cases[] = {
      {std::nullopt, true, false, v1::HealthCheck::kHttp},
      {std::nullopt, false, true, v1::HealthCheck::kTcp},
      {std::nullopt, false, false, v1::HealthCheck::CHECK_NOT_SET},
      {mesos::v1::HealthCheck::UNKNOWN, false, true, v1::HealthCheck::kTcp},
      {mesos::v1::HealthCheck::TCP, true, true, v1::HealthCheck::kTcp},
      {mesos::v1::HealthCheck::HTTP, true, true, v1::HealthCheck::kHttp},
      {mesos::v1::HealthCheck::COMMAND, true, true, v1::HealthCheck::CHECK_NOT_SET},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(&c - cases);
    mesos::v1::TaskInfo info = Info();
    mesos::v1::HealthCheck* check = info.mutable_health_check();
    if (c.type.has_value()) check->set_type(*c.type);
    if (c.http) check->mutable_http()->set_port(80);
    if (c.tcp) check->mutable_tcp()->set_port(81);
    EXPECT_EQ(Make(info).health_check().check_case(), c.expected);
  }
}

TEST(MakeTask, AnHttpCheckHasASchemeAndAPathThatStartsWithASlash) {
  mesos::v1::TaskInfo info = Info();
  auto* http = info.mutable_health_check()->mutable_http();
  http->set_port(31000);
  EXPECT_EQ(Make(info).health_check().http().scheme(), "http");
  EXPECT_EQ(Make(info).health_check().http().path(), "/");
  EXPECT_EQ(Make(info).health_check().http().port(), 31000u);
  http->set_scheme("https");
  http->set_path("status/ping");
  EXPECT_EQ(Make(info).health_check().http().scheme(), "https");
  EXPECT_EQ(Make(info).health_check().http().path(), "/status/ping");
}

TEST(MakeTask, IntervalAndTimeoutAreMesosDefaultsOrWhatIsSetWithinReason) {
  mesos::v1::TaskInfo info = Info();
  auto* check = info.mutable_health_check();
  EXPECT_EQ(Make(info).health_check().interval().seconds(), 10);
  EXPECT_EQ(Make(info).health_check().timeout().seconds(), 20);
  check->set_interval_seconds(1.5);
  EXPECT_EQ(Make(info).health_check().interval().seconds(), 1);
  EXPECT_EQ(Make(info).health_check().interval().nanos(), 500'000'000);
  for (const double seconds :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    check->set_interval_seconds(seconds);
    EXPECT_EQ(Make(info).health_check().interval().seconds(), 0);
  }
  check->set_interval_seconds(std::numeric_limits<double>::infinity());
  EXPECT_EQ(Make(info).health_check().interval().seconds(), 365 * 24 * 3600);
}

TEST(MakeTask, SettingsAreAClosedListWithoutSecretsAndTheExecutorsPrefixWins) {
  const v1::Task task = Make(Info(), {{"CONSUL_GLOBAL_TAG", "bare"},
                                      {"ALLEGRO_EXECUTOR_CONSUL_GLOBAL_TAG", "prefixed"},
                                      {"CLOUD_DC", "dc4"},
                                      {"CONSUL_TOKEN", "secret"},
                                      {"ALLEGRO_EXECUTOR_VAAS_TOKEN", "secret"},
                                      {"HOME", "/root"}});
  EXPECT_THAT(task.settings(),
              UnorderedElementsAre(Pair("CONSUL_GLOBAL_TAG", "prefixed"), Pair("CLOUD_DC", "dc4")));
}

TEST(MakeTask, TheTasksOwnWeightGoesBeforeTheExecutors) {
  mesos::v1::TaskInfo info = Info();
  const auto weight = [&] {
    return Make(info, {{"VAAS_INITIAL_WEIGHT", "1"}}).settings().at("VAAS_INITIAL_WEIGHT");
  };
  EXPECT_EQ(weight(), "1");
  auto* executor =
      info.mutable_executor()->mutable_command()->mutable_environment()->add_variables();
  executor->set_name("VAAS_INITIAL_WEIGHT");
  executor->set_value("2");
  EXPECT_EQ(weight(), "2");
  auto* own = info.mutable_command()->mutable_environment()->add_variables();
  own->set_name("VAAS_INITIAL_WEIGHT");
  own->set_value("3");
  EXPECT_EQ(weight(), "3");
}

TEST(MakeTask, WhatIsNotTextIsMadeText) {
  mesos::v1::TaskInfo info = Info();
  info.mutable_labels()->add_labels()->set_key("caf\xE9");
  const v1::Task task = Make(info, {{"CLOUD_REGION", "\xFF"}});
  EXPECT_EQ(task.labels(0).key(), "caf?");
  EXPECT_EQ(task.settings().at("CLOUD_REGION"), "?");
  v1::Task copy;
  EXPECT_TRUE(copy.ParseFromString(task.SerializeAsString()));
}

}  // namespace
}  // namespace mesos_executor::lifecycle
