#include "supervisor/lifecycle/sidecar_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

using Variables = std::map<std::string, std::string, std::less<>>;

SidecarConfigs Configure(Variables variables, std::vector<std::string> labels = {}) {
  v1::Task task;
  for (const std::string& label : labels) task.add_labels()->set_key(label);
  return ConfigureSidecars(Environment(std::move(variables)), task, "/opt/executor");
}

std::vector<std::string> Names(const SidecarConfigs& configs) {
  std::vector<std::string> names;
  for (const SidecarConfig& config : configs.sidecars) names.push_back(config.name);
  return names;
}

TEST(ConfigureSidecars, ATaskThatAsksForNothingHasNone) {
  const SidecarConfigs configs = Configure({{"CONSUL_TOKEN", "x"}}, {"team"});
  EXPECT_THAT(configs.sidecars, IsEmpty());
  EXPECT_THAT(configs.warnings, IsEmpty());
}

TEST(ConfigureSidecars, OursApplyByLabelInAFixedOrderWithTheirDefaults) {
  const SidecarConfigs configs = Configure({}, {"log-scraping", "director", "consul"});
  ASSERT_THAT(Names(configs), ElementsAre("consul-registrar", "vaas-registrar", "log-shipper"));
  const SidecarConfig& consul = configs.sidecars[0];
  EXPECT_EQ(consul.policy, Policy::kBestEffort);
  EXPECT_EQ(consul.before_start, absl::Seconds(10));
  EXPECT_EQ(consul.healthy, absl::Seconds(10));
  EXPECT_EQ(consul.before_terminate, absl::Seconds(2));
  EXPECT_EQ(consul.socket, "/run/mesos-executor/consul-registrar.sock");
  EXPECT_THAT(consul.command, ElementsAre("/opt/executor/consul-registrar"));
}

TEST(ConfigureSidecars, OnlyTheLogShipperTakesSpools) {
  const SidecarConfigs configs =
      Configure({{"ALLEGRO_EXECUTOR_SIDECARS", "own"}}, {"log-scraping", "consul"});
  for (const SidecarConfig& config : configs.sidecars) {
    EXPECT_EQ(config.takes_spools, config.name == "log-shipper") << config.name;
  }
}

TEST(ConfigureSidecars, TheSeedsSwitchesSwitchOff) {
  EXPECT_THAT(Names(Configure({{"CONSUL_HOOK_ENABLED", "false"}}, {"consul", "director"})),
              ElementsAre("vaas-registrar"));
  EXPECT_THAT(
      Names(Configure({{"ALLEGRO_EXECUTOR_VAAS_HOOK_ENABLED", "0"}}, {"consul", "director"})),
      ElementsAre("consul-registrar"));
  EXPECT_THAT(Names(Configure({{"CONSUL_HOOK_ENABLED", "T"}}, {"consul"})), SizeIs(1));
  const SidecarConfigs bad = Configure({{"CONSUL_HOOK_ENABLED", "nope"}}, {"consul"});
  EXPECT_THAT(Names(bad), SizeIs(1));
  EXPECT_THAT(bad.warnings, ElementsAre(AllOf(HasSubstr("CONSUL_HOOK_ENABLED"), HasSubstr("nope"),
                                              HasSubstr("true"))));
}

TEST(ConfigureSidecars, OnesOwnAreListedAndSetByVariable) {
  const SidecarConfigs configs =
      Configure({{"ALLEGRO_EXECUTOR_SIDECARS", "exec-sidecar, other,,exec-sidecar"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_SOCKET", "/tmp/x.sock"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_POLICY", "required-healthy"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_COMMAND", "/bin/exec  --flag x"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_DEADLINE_BEFORE_START", "1m30s"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_DEADLINE_HEALTHY", "90secs"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_DEADLINE_BEFORE_TERMINATE", "500ms"}});
  EXPECT_THAT(configs.warnings, IsEmpty());
  ASSERT_THAT(Names(configs), ElementsAre("exec-sidecar", "other"));
  const SidecarConfig& own = configs.sidecars[0];
  EXPECT_EQ(own.socket, "/tmp/x.sock");
  EXPECT_EQ(own.policy, Policy::kRequiredHealthy);
  EXPECT_THAT(own.command, ElementsAre("/bin/exec", "--flag", "x"));
  EXPECT_EQ(own.before_start, absl::Seconds(90));
  EXPECT_EQ(own.healthy, absl::Seconds(90));
  EXPECT_EQ(own.before_terminate, absl::Milliseconds(500));
  EXPECT_THAT(configs.sidecars[1].command, ElementsAre("/opt/executor/other"));
}

TEST(ConfigureSidecars, LabelsNarrowOnesOwnAndMoveOurs) {
  const Variables variables = {{"ALLEGRO_EXECUTOR_SIDECARS", "own"},
                               {"ALLEGRO_EXECUTOR_SIDECAR_OWN_LABELS", "a,b"},
                               {"ALLEGRO_EXECUTOR_SIDECAR_CONSUL_REGISTRAR_LABELS", "register"}};
  EXPECT_THAT(Names(Configure(variables, {"consul"})), IsEmpty());
  EXPECT_THAT(Names(Configure(variables, {"b"})), ElementsAre("own"));
  EXPECT_THAT(Names(Configure(variables, {"register"})), ElementsAre("consul-registrar"));
}

TEST(ConfigureSidecars, AnotherFolderOfSockets) {
  const auto socket = [](const std::string& dir) {
    return Configure({{"ALLEGRO_EXECUTOR_SIDECAR_DIR", dir}}, {"consul"});
  };
  EXPECT_EQ(socket("/srv/run").sidecars[0].socket, "/srv/run/consul-registrar.sock");
  EXPECT_EQ(socket("run").sidecars[0].socket, "/run/mesos-executor/consul-registrar.sock");
  EXPECT_THAT(socket("run").warnings, SizeIs(1));
}

TEST(ConfigureSidecars, ABadSettingWarnsWithNameValueAndWhatIsTakenInstead) {
  struct {
    std::string setting, value, instead;
  } const cases[] = {
      {"POLICY", "mandatory", "best-effort"},    {"POLICY", "Required", "best-effort"},
      {"DEADLINE_BEFORE_START", "soon", "10s"},  {"DEADLINE_BEFORE_START", "0s", "10s"},
      {"DEADLINE_HEALTHY", "-5s", "10s"},        {"DEADLINE_HEALTHY", "inf", "10s"},
      {"DEADLINE_BEFORE_TERMINATE", "2h", "2s"}, {"DEADLINE_BEFORE_TERMINATE", "1e999s", "2s"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.setting + "=" + c.value);
    const std::string variable = "ALLEGRO_EXECUTOR_SIDECAR_CONSUL_REGISTRAR_" + c.setting;
    const SidecarConfigs configs = Configure({{variable, c.value}}, {"consul"});
    EXPECT_THAT(configs.warnings, ElementsAre(AllOf(HasSubstr(variable), HasSubstr(c.value),
                                                    HasSubstr("instead: " + c.instead))));
    ASSERT_THAT(configs.sidecars, SizeIs(1));
    EXPECT_EQ(configs.sidecars[0].policy, Policy::kBestEffort);
    EXPECT_EQ(configs.sidecars[0].before_start, absl::Seconds(10));
    EXPECT_EQ(configs.sidecars[0].healthy, absl::Seconds(10));
    EXPECT_EQ(configs.sidecars[0].before_terminate, absl::Seconds(2));
  }
}

TEST(ConfigureSidecars, NamesThatAreNoneAreLeftOut) {
  const SidecarConfigs configs = Configure(
      {{"ALLEGRO_EXECUTOR_SIDECARS", "ok,UPPER,../x,-a,1a,sp ace,\n\x01," + std::string(65, 'a')}});
  EXPECT_THAT(Names(configs), ElementsAre("ok"));
  EXPECT_THAT(configs.warnings, SizeIs(7));
  for (const std::string& warning : configs.warnings)
    EXPECT_EQ(warning.find('\x01'), std::string::npos);
}

TEST(ConfigureSidecars, NoMoreThanSixteenOfOnesOwn) {
  std::string list;
  for (int i = 0; i < 20; ++i) list += "s" + std::to_string(i) + ",";
  const SidecarConfigs configs = Configure({{"ALLEGRO_EXECUTOR_SIDECARS", list}});
  EXPECT_THAT(configs.sidecars, SizeIs(16));
  EXPECT_THAT(configs.warnings, SizeIs(4));
}

TEST(ConfigureSidecars, ListingOneOfOursWarnsAndAddsNoSecondOne) {
  const SidecarConfigs configs =
      Configure({{"ALLEGRO_EXECUTOR_SIDECARS", "consul-registrar"}}, {"consul"});
  EXPECT_THAT(Names(configs), ElementsAre("consul-registrar"));
  EXPECT_THAT(configs.warnings, ElementsAre(HasSubstr("applies by label")));
}

TEST(ConfigureSidecars, APrivateSidecarIsToldWhatIsSetForIt) {
  const SidecarConfigs configs =
      Configure({{"ALLEGRO_EXECUTOR_SIDECARS", "my-mesh,other"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SET_", "no name"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SET_MESH_ADDRESS", "10.0.0.1:1"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SET_TOKEN", "secret"},
                 {"ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SOCKET", "/x.sock"}});
  ASSERT_THAT(configs.sidecars, SizeIs(2));
  EXPECT_THAT(configs.sidecars[0].private_settings,
              ElementsAre(Pair("MESH_ADDRESS", "10.0.0.1:1"), Pair("TOKEN", "secret")));
  EXPECT_THAT(configs.sidecars[1].private_settings, IsEmpty());
}

TEST(ConfigureSidecars, EachPrivateSidecarIsToldOfItsOwnBackEndOnly) {
  const SidecarConfigs configs = Configure({{"ALLEGRO_EXECUTOR_CONSUL_TOKEN", "1"},
                                            {"ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_ADDRESS", "2"},
                                            {"ALLEGRO_EXECUTOR_SIDECARS", "own"},
                                            {"CLOUD_DC", "3"},
                                            {"CLOUD_REGION", "4"},
                                            {"CONSUL_HTTP_ADDR", "5"},
                                            {"MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "6"},
                                            {"VAAS_TOKEN", "7"}},
                                           {"consul", "director", "log-scraping"});
  ASSERT_THAT(configs.sidecars, SizeIs(4));
  EXPECT_THAT(
      configs.sidecars[0].private_settings,
      ElementsAre(Pair("ALLEGRO_EXECUTOR_CONSUL_TOKEN", "1"), Pair("CONSUL_HTTP_ADDR", "5")));
  EXPECT_THAT(configs.sidecars[1].private_settings,
              ElementsAre(Pair("CLOUD_DC", "3"), Pair("VAAS_TOKEN", "7")));
  EXPECT_THAT(configs.sidecars[2].private_settings,
              ElementsAre(Pair("ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_ADDRESS", "2"),
                          Pair("CLOUD_DC", "3"), Pair("CLOUD_REGION", "4")));
  EXPECT_THAT(configs.sidecars[3].private_settings, IsEmpty());
}

TEST(ConfigureSidecars, TheLogShipperIsToldOfConsulWhereItFindsReceiversThere) {
  constexpr char kService[] = "ALLEGRO_EXECUTOR_SERVICELOG_LOGSTASH_DISCOVERY_SERVICE_NAME";
  const SidecarConfigs without =
      Configure({{"CONSUL_TOKEN", "secret"}, {kService, ""}}, {"log-scraping"});
  EXPECT_THAT(without.sidecars[0].private_settings, ElementsAre(Pair(kService, "")));
  const SidecarConfigs with =
      Configure({{"CONSUL_TOKEN", "secret"}, {kService, "logs"}}, {"log-scraping"});
  EXPECT_THAT(with.sidecars[0].private_settings,
              ElementsAre(Pair(kService, "logs"), Pair("CONSUL_TOKEN", "secret")));
}

}  // namespace
}  // namespace mesos_executor::lifecycle
