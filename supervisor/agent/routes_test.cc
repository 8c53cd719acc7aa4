#include "supervisor/agent/routes.h"

#include <gtest/gtest.h>

namespace mesos_executor::agent {
namespace {

AgentSettings Settings(bool with_socket) {
  AgentSettings settings;
  settings.endpoint = {"127.0.0.1", 5051};
  if (with_socket) {
    settings.socket.path = "/run/agent.sock";
    settings.socket_api_path = "/slave(1)/api/v1/executor";
  }
  return settings;
}

bool ByTcp(const Routes& routes) {
  return std::holds_alternative<TcpEndpoint>(routes.current().endpoint);
}

TEST(RoutesTest, EachRouteHasItsPath) {
  Routes routes(Settings(true));
  routes.BeginAttempt();
  EXPECT_EQ(EndpointName(routes.current().endpoint), "unix:/run/agent.sock");
  EXPECT_EQ(routes.current().path, "/slave(1)/api/v1/executor");
  ASSERT_TRUE(routes.NextOfAttempt());
  EXPECT_EQ(EndpointName(routes.current().endpoint), "127.0.0.1:5051");
  EXPECT_EQ(routes.current().path, "/api/v1/executor");
}

TEST(RoutesTest, AnAttemptTriesEachOnceAndTheNextStartsWithTheSocketAgain) {
  Routes routes(Settings(true));
  for (int attempt = 0; attempt < 3; ++attempt) {
    routes.BeginAttempt();
    EXPECT_FALSE(ByTcp(routes));
    EXPECT_TRUE(routes.NextOfAttempt());
    EXPECT_TRUE(ByTcp(routes));
    EXPECT_FALSE(routes.NextOfAttempt());
  }
}

TEST(RoutesTest, ASocketThatWasNoGoodGetsAPartOfEachAttemptUntilTheOutageIsOver) {
  Routes routes(Settings(true));
  routes.BeginAttempt();
  EXPECT_FALSE(routes.doubtful());
  routes.NoGood();
  routes.BeginAttempt();
  EXPECT_TRUE(ByTcp(routes));
  EXPECT_FALSE(routes.NextOfAttempt()) << "the socket could hold TCP up";
  routes.NoGood();
  for (int attempt = 0; attempt < 3; ++attempt) {
    routes.BeginAttempt();
    EXPECT_FALSE(ByTcp(routes));
    EXPECT_TRUE(routes.doubtful());
    EXPECT_TRUE(routes.NextOfAttempt());
    EXPECT_TRUE(ByTcp(routes));
    EXPECT_FALSE(routes.doubtful());
    routes.NoGood();
  }
  routes.Subscribed();
  routes.BeginAttempt();
  EXPECT_FALSE(ByTcp(routes));
  EXPECT_FALSE(routes.doubtful());
}

TEST(RoutesTest, WhereAnAgentAnsweredTheNextAttemptGoesThereToo) {
  Routes routes(Settings(true));
  routes.BeginAttempt();
  EXPECT_FALSE(routes.last());
  ASSERT_TRUE(routes.NextOfAttempt());
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_TRUE(routes.last());
    routes.Answered();
    routes.BeginAttempt();
    EXPECT_TRUE(ByTcp(routes));
  }
}

TEST(RoutesTest, WithoutASocketThereIsOnlyTcp) {
  Routes routes(Settings(false));
  for (int attempt = 0; attempt < 2; ++attempt) {
    routes.BeginAttempt();
    EXPECT_TRUE(ByTcp(routes));
    EXPECT_FALSE(routes.NextOfAttempt());
    routes.NoGood();
  }
}

}  // namespace
}  // namespace mesos_executor::agent
