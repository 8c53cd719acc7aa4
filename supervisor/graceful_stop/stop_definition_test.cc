#include "supervisor/graceful_stop/stop_definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos_executor::graceful_stop {
namespace {

using ::testing::HasSubstr;

using PortList = std::vector<std::pair<uint32_t, std::string>>;

mesos::v1::TaskInfo Task(const std::string& value, const PortList& ports) {
  mesos::v1::TaskInfo task;
  auto* label = task.mutable_labels()->add_labels();
  label->set_key("executor-graceful-stop-http");
  label->set_value(value);
  for (const auto& [number, name] : ports) {
    auto* port = task.mutable_discovery()->mutable_ports()->add_ports();
    port->set_number(number);
    if (!name.empty()) port->set_name(name);
  }
  return task;
}

const PortList kPorts = {{31000, ""}, {31001, "admin"}, {31002, "health"}, {31003, "admin"}};

// "address:port paths", or what is wrong.
std::string Read(const std::string& value, const PortList& ports = kPorts,
                 std::string_view public_ip = "") {
  const auto definition = StopDefinitionOf(Task(value, ports), public_ip);
  if (!definition.ok()) return std::string(definition.status().message());
  if (!*definition) return "none";
  return absl::StrCat(EndpointName((*definition)->endpoint), " ",
                      absl::StrJoin((*definition)->paths, " "));
}

TEST(StopDefinitionTest, IsOffWithoutTheLabel) {
  const auto definition = StopDefinitionOf(mesos::v1::TaskInfo(), "");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->has_value(), false);
  EXPECT_EQ(Read("false"), "none");
}

TEST(StopDefinitionTest, HasAurorasPathsByDefault) {
  for (const char* value : {"", "true"}) {
    EXPECT_EQ(Read(value), "127.0.0.1:31002 /quitquitquit /abortabortabort");
  }
}

TEST(StopDefinitionTest, ReadsPathsAndThePortsName) {
  EXPECT_EQ(Read("/stop"), "127.0.0.1:31002 /stop");
  EXPECT_EQ(Read("/stop?a=b:c,/abort"), "127.0.0.1:31002 /stop?a=b:c /abort");
  EXPECT_EQ(Read("admin:/stop"), "127.0.0.1:31001 /stop");
  EXPECT_EQ(Read("admin:/a:b,/c"), "127.0.0.1:31001 /a:b /c");
}

TEST(StopDefinitionTest, TakesTheFirstPortWhereNoneIsNamedHealth) {
  EXPECT_EQ(Read("/stop", {{31000, "web"}, {31001, "admin"}}), "127.0.0.1:31000 /stop");
}

TEST(StopDefinitionTest, AsksWhereTheTaskIsReached) {
  EXPECT_EQ(Read("/stop", kPorts, "10.1.2.3"), "10.1.2.3:31002 /stop");
  EXPECT_EQ(Read("/stop", kPorts, "fd00::1"), "[fd00::1]:31002 /stop");
}

TEST(StopDefinitionTest, SaysWhatIsWrong) {
  EXPECT_EQ(Read("stop"),
            "label executor-graceful-stop-http=\"stop\": a path does not start with /; write "
            "[PORTNAME:]PATH[,PATH] or true");
  EXPECT_THAT(Read("/a,/b,/c"), HasSubstr("there are more than two paths"));
  EXPECT_THAT(Read("/a,"), HasSubstr("a path does not start with /"));
  EXPECT_THAT(Read("/a b"), HasSubstr("a path has blanks"));
  EXPECT_THAT(Read("admin:"), HasSubstr("a path does not start with /"));
  EXPECT_THAT(Read(":/a"), HasSubstr("the name of the port is empty"));
  EXPECT_THAT(Read("web:/a"), HasSubstr("the task has no port of that name"));
  EXPECT_THAT(Read("/a", {}), HasSubstr("the task has no ports"));
  EXPECT_THAT(Read("/a", {{0, ""}}), HasSubstr("port 0 is not in 1 to 65535"));
  EXPECT_THAT(Read("/a", {{65536, ""}}), HasSubstr("port 65536 is not in 1 to 65535"));
  EXPECT_THAT(Read("/a", kPorts, "host"), HasSubstr("CLOUD_PUBLIC_IP is not an IP address"));
}

}  // namespace
}  // namespace mesos_executor::graceful_stop
