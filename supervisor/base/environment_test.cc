#include "supervisor/base/environment.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor {
namespace {

TEST(EnvironmentTest, ReadsABlock) {
  const char* block[] = {"A=1", "EMPTY=", "WITH_EQUALS=a=b", "A=2", "garbage", nullptr};
  const Environment environment = Environment::FromBlock(block);
  EXPECT_EQ(environment.Get("A"), "1");
  EXPECT_EQ(environment.Get("EMPTY"), "");
  EXPECT_EQ(environment.Get("WITH_EQUALS"), "a=b");
  EXPECT_EQ(environment.Get("garbage"), std::nullopt);
}

TEST(EnvironmentTest, ASettingIsLookedUpWithThePrefixFirst) {
  const Environment environment({{"ALLEGRO_EXECUTOR_X", "prefixed"}, {"X", "bare"}, {"Y", "bare"}});
  EXPECT_EQ(environment.Setting("X"), "prefixed");
  EXPECT_EQ(environment.Setting("Y"), "bare");
  EXPECT_EQ(environment.Setting("Z"), std::nullopt);
}

TEST(EnvironmentTest, TheListOfWhatIsKeptFromTheTaskIsClosed) {
  for (const char* name :
       {"ALLEGRO_EXECUTOR_DEBUG", "MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "CONSUL_TOKEN",
        "CONSUL_HTTP_TOKEN", "CONSUL_HTTP_AUTH", "VAAS_USERNAME", "VAAS_TOKEN"}) {
    EXPECT_TRUE(IsKeptFromTask(name)) << name;
  }
  for (const char* name :
       {"CONSUL_HTTP_ADDR", "MESOS_TASK_ID", "PATH", "XALLEGRO_EXECUTOR_A", "CONSUL_TOKENS"}) {
    EXPECT_FALSE(IsKeptFromTask(name)) << name;
  }
}

TEST(EnvironmentTest, SecretsAreOverwrittenInPlaceAndNothingElse) {
  std::string token = "CONSUL_TOKEN=abc", prefixed = "ALLEGRO_EXECUTOR_VAAS_TOKEN=def",
              set = "ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SET_PASSWORD=gh", path = "PATH=/bin";
  char* block[] = {token.data(), prefixed.data(), set.data(), path.data(), nullptr};
  OverwriteSecrets(block);
  EXPECT_EQ(token, std::string("CONSUL_TOKEN=\0\0\0", 16));
  EXPECT_EQ(prefixed, std::string("ALLEGRO_EXECUTOR_VAAS_TOKEN=\0\0\0", 31));
  EXPECT_EQ(set, std::string("ALLEGRO_EXECUTOR_SIDECAR_MY_MESH_SET_PASSWORD=\0\0", 48));
  EXPECT_EQ(path, "PATH=/bin");
}

}  // namespace
}  // namespace mesos_executor
