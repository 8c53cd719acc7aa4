// The units are what systemd understands and what our programs expect: checked without systemd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sidecars/runtime/inherited_sockets.h"
#include "sidecars/runtime/options.h"

namespace mesos_executor {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr char kFolder[] = "deploy/systemd/";
constexpr char kProgramFolder[] = "/opt/mesos-executor/";

// systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.socket(5): those that we use. A
// name that systemd doesn't know would be skipped with a warning that nobody reads.
const std::set<std::string> kKnown = {"Unit/After",
                                      "Unit/Description",
                                      "Unit/Documentation",
                                      "Unit/Requires",
                                      "Unit/StartLimitIntervalSec",
                                      "Unit/Wants",
                                      "Install/WantedBy",
                                      "Service/AmbientCapabilities",
                                      "Service/CapabilityBoundingSet",
                                      "Service/EnvironmentFile",
                                      "Service/ExecStart",
                                      "Service/LimitCORE",
                                      "Service/LimitNOFILE",
                                      "Service/LockPersonality",
                                      "Service/MemoryDenyWriteExecute",
                                      "Service/NoNewPrivileges",
                                      "Service/PrivateDevices",
                                      "Service/PrivateTmp",
                                      "Service/ProtectClock",
                                      "Service/ProtectControlGroups",
                                      "Service/ProtectHome",
                                      "Service/ProtectHostname",
                                      "Service/ProtectKernelLogs",
                                      "Service/ProtectKernelModules",
                                      "Service/ProtectKernelTunables",
                                      "Service/ProtectProc",
                                      "Service/ProtectSystem",
                                      "Service/ReadWritePaths",
                                      "Service/Restart",
                                      "Service/RestartSec",
                                      "Service/RestrictAddressFamilies",
                                      "Service/RestrictNamespaces",
                                      "Service/RestrictRealtime",
                                      "Service/RestrictSUIDSGID",
                                      "Service/Sockets",
                                      "Service/StateDirectory",
                                      "Service/StateDirectoryMode",
                                      "Service/SystemCallArchitectures",
                                      "Service/SystemCallErrorNumber",
                                      "Service/SystemCallFilter",
                                      "Service/TimeoutStartSec",
                                      "Service/TimeoutStopSec",
                                      "Service/Type",
                                      "Service/UMask",
                                      "Service/User",
                                      "Service/WatchdogSec",
                                      "Socket/DirectoryMode",
                                      "Socket/FileDescriptorName",
                                      "Socket/ListenSequentialPacket",
                                      "Socket/ListenStream",
                                      "Socket/Service",
                                      "Socket/SocketGroup",
                                      "Socket/SocketMode",
                                      "Socket/SocketUser",
                                      "Socket/TriggerLimitIntervalSec"};

std::vector<std::string> Lines(const std::string& file) {
  std::ifstream in(kFolder + file);
  EXPECT_TRUE(in.is_open()) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

// "Section/Name" to its value.
using Unit = std::map<std::string, std::string>;

Unit Read(const std::string& file) {
  Unit unit;
  std::string section;
  for (absl::string_view line : Lines(file)) {
    if (absl::ConsumePrefix(&line, "[") && absl::ConsumeSuffix(&line, "]")) {
      section = std::string(line);
      continue;
    }
    const std::pair<std::string, std::string> entry = absl::StrSplit(line, absl::MaxSplits('=', 1));
    const std::string name = absl::StrCat(section, "/", entry.first);
    EXPECT_THAT(kKnown, Contains(name)) << file;
    EXPECT_TRUE(unit.emplace(name, entry.second).second) << file << " has two of " << name;
  }
  return unit;
}

std::vector<std::string> Files(const std::string& extension) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path().filename());
  }
  return files;
}

std::string NameOf(const std::string& service_file) {
  absl::string_view name = service_file;
  EXPECT_TRUE(absl::ConsumePrefix(&name, "mesos-executor-"));
  EXPECT_TRUE(absl::ConsumeSuffix(&name, ".service"));
  return std::string(name);
}

// What the program of a service makes of its command line.
sidecar::Options OptionsOf(const Unit& service, const std::string& name) {
  const std::vector<std::string> words = absl::StrSplit(service.at("Service/ExecStart"), ' ');
  EXPECT_EQ(words[0], kProgramFolder + name);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto options =
      sidecar::ParseOptions(static_cast<int>(argv.size()), argv.data(), {name, "", ""});
  EXPECT_TRUE(options.ok()) << options.status();
  return options.value_or(sidecar::Options{});
}

TEST(UnitsTest, ThereIsAServiceForEachSidecarOfTheBundle) {
  EXPECT_THAT(Files(".service"),
              testing::UnorderedElementsAre("mesos-executor-consul-registrar.service",
                                            "mesos-executor-vaas-registrar.service",
                                            "mesos-executor-log-shipper.service"));
}

TEST(UnitsTest, EachServiceStartsItsProgramAsTheProgramExpects) {
  std::set<uint16_t> ports;
  for (const std::string& file : Files(".service")) {
    SCOPED_TRACE(file);
    const Unit service = Read(file);
    const std::string name = NameOf(file);
    const sidecar::Options options = OptionsOf(service, name);
    EXPECT_EQ("/var/lib/" + service.at("Service/StateDirectory"), options.state_directory);
    EXPECT_EQ(service.at("Service/EnvironmentFile"), "-/etc/mesos-executor/" + name + ".env");
    EXPECT_EQ(service.at("Service/Type"), "notify");
    EXPECT_EQ(service.at("Service/Restart"), "always");
    EXPECT_EQ(service.at("Service/LimitCORE"), "0");
    EXPECT_TRUE(service.contains("Service/WatchdogSec"));
    // It may wait for a minute for the process before it.
    EXPECT_EQ(service.at("Service/TimeoutStartSec"), "90s");
    ASSERT_TRUE(options.metrics.has_value());
    EXPECT_TRUE(ports.insert(std::get<TcpEndpoint>(*options.metrics).port).second)
        << "a port is taken twice";
    EXPECT_THAT(Lines("mesos-executor.sysusers"),
                Contains(testing::StartsWith("u " + service.at("Service/User") + " ")));
  }
}

TEST(UnitsTest, EachServiceIsPassedTheSocketsThatItsProgramClaims) {
  std::set<std::string> left;
  for (const std::string& file : Files(".socket")) left.insert(file);
  for (const std::string& file : Files(".service")) {
    SCOPED_TRACE(file);
    const Unit service = Read(file);
    const std::string name = NameOf(file);
    const std::string sockets = service.at("Service/Sockets");
    EXPECT_EQ(service.at("Unit/Requires"), sockets);
    EXPECT_TRUE(absl::EndsWith(service.at("Unit/After"), sockets));
    bool has_lifecycle = false;
    for (const std::string& socket_file : std::vector<std::string>(absl::StrSplit(sockets, ' '))) {
      EXPECT_EQ(left.erase(socket_file), 1u) << socket_file;
      const Unit socket = Read(socket_file);
      EXPECT_EQ(socket.at("Socket/SocketGroup"), "mesos-executor");
      EXPECT_EQ(socket.at("Socket/SocketMode"), "0660");
      // However often the service ends, the socket stays (systemd.socket(5), systemd.unit(5)).
      EXPECT_EQ(socket.at("Socket/TriggerLimitIntervalSec"), "0");
      EXPECT_EQ(socket.at("Unit/StartLimitIntervalSec"), "0");
      if (socket.at("Socket/FileDescriptorName") == sidecar::kLifecycleSocket) {
        has_lifecycle = true;
        EXPECT_EQ(socket.at("Socket/ListenStream"), OptionsOf(service, name).socket);
      } else {
        EXPECT_EQ(socket.at("Socket/FileDescriptorName"), sidecar::kDescriptorSocket);
        EXPECT_EQ(socket.at("Socket/ListenSequentialPacket"),
                  "/run/mesos-executor/" + name + ".fds");
        EXPECT_EQ(socket.at("Socket/Service"), file);
      }
    }
    EXPECT_TRUE(has_lifecycle);
  }
  EXPECT_THAT(left, IsEmpty());
}

TEST(UnitsTest, OnlyTheLogShipperHasACapability) {
  for (const std::string& file : Files(".service")) {
    const Unit service = Read(file);
    const std::string expected = NameOf(file) == "log-shipper" ? "CAP_DAC_OVERRIDE" : "";
    EXPECT_EQ(service.at("Service/CapabilityBoundingSet"), expected) << file;
    EXPECT_EQ(service.contains("Service/AmbientCapabilities"), !expected.empty()) << file;
    EXPECT_EQ(service.at("Service/NoNewPrivileges"), "yes") << file;
  }
}

}  // namespace
}  // namespace mesos_executor
