// The binary itself: how it presents itself, and what it says to settings that make no sense.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::vaas {
namespace {

using sidecar::SidecarProcess;

constexpr char kBinary[] = "sidecars/vaas_registrar/vaas-registrar";

TEST(VaasRegistrarTest, HelpNamesEverySetting) {
  SidecarProcess help({kBinary, "--help"}, {});
  EXPECT_TRUE(help.WaitForLine("  VAAS_USERNAME, VAAS_TOKEN  who we are there"));
  EXPECT_EQ(help.Wait(), 0);
}

TEST(VaasRegistrarTest, ASettingThatMakesNoSenseEndsItBeforeItServes) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/state";
  for (const char* setting : {"VAAS_HOST=ftp://vaas", "VAAS_ASYNC_TIMEOUT=soon",
                              "ALLEGRO_EXECUTOR_VAAS_TOKEN=", "VAAS_CACERT=/nowhere/ca.pem"}) {
    SidecarProcess process(
        {kBinary, "--socket", "s.sock", "--state-dir", folder},
        {setting, "VAAS_HOST=https://127.0.0.1:1", "VAAS_USERNAME=user", "VAAS_TOKEN=key"});
    EXPECT_EQ(process.Wait(), 1) << setting;
    EXPECT_NE(access("s.sock", F_OK), 0) << setting;
  }
}

}  // namespace
}  // namespace mesos_executor::vaas
