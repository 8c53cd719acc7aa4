// The binary itself: how it presents itself, and what it says to settings that make no sense.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::consul {
namespace {

using sidecar::SidecarProcess;

constexpr char kBinary[] = "sidecars/consul_registrar/consul-registrar";

TEST(ConsulRegistrarTest, HelpNamesEverySetting) {
  SidecarProcess help({kBinary, "--help"}, {});
  EXPECT_TRUE(help.WaitForLine(
      "  CONSUL_HTTP_ADDR   the Consul agent: host:port, http(s)://host:port or unix:///path"));
  EXPECT_EQ(help.Wait(), 0);
}

TEST(ConsulRegistrarTest, ASettingThatMakesNoSenseEndsItBeforeItServes) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/state";
  for (const char* setting :
       {"CONSUL_HTTP_ADDR=ftp://127.0.0.1:8501", "ALLEGRO_EXECUTOR_CONSUL_HTTP_ADDR=nonsense:x",
        "CONSUL_NAMESPACE=team/other", "CONSUL_HTTP_TOKEN_FILE=/nowhere/token"}) {
    SidecarProcess process({kBinary, "--socket", "s.sock", "--state-dir", folder}, {setting});
    EXPECT_EQ(process.Wait(), 1) << setting;
    EXPECT_NE(access("s.sock", F_OK), 0) << setting;
  }
}

}  // namespace
}  // namespace mesos_executor::consul
