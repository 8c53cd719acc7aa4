// By which connection and in which encoding the client speaks to the agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "supervisor/agent/agent_client_fixture.h"

namespace mesos_executor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TransportTest : public AgentClientFixture {
 protected:
  TransportTest() {
    // Not the test's own folder, whose name may be too long for a socket's.
    std::string folder = "/tmp/agent-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder_ + "/agent.sock";
  }
  ~TransportTest() override {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  AgentSettings WithSocket() {
    AgentSettings settings = Settings(/*checkpoint=*/true);
    settings.socket.path = path_;
    settings.socket_api_path = "/slave(1)/api/v1/executor";
    return settings;
  }
  // Serves the socket; the one before, if any, is gone.
  void Serve() {
    local_.reset();
    unlink(path_.c_str());
    local_.emplace(&loop_, path_);
  }
  // The task runs: STARTING and RUNNING are acknowledged.
  [[nodiscard]] bool RunTask(ScriptedAgent& agent) {
    agent.Push(Launch());
    return AwaitSeen("all");
  }

  std::string folder_;
  std::string path_;
  std::optional<ScriptedAgent> local_;
};

TEST_F(TransportTest, TheUnixSocketComesFirstWithTheActorInThePath) {
  Serve();
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  ASSERT_TRUE(RunTask(*local_));
  EXPECT_EQ(agent_.accepted(), 0);
  EXPECT_THAT(local_->requests(), SizeIs(3));
  for (const auto& request : local_->requests()) {
    EXPECT_THAT(request.head, HasSubstr("POST /slave(1)/api/v1/executor HTTP/1.1\r\n"));
    EXPECT_THAT(request.head, HasSubstr("\r\nAuthorization: Bearer a.b.c\r\n"));
  }
}

TEST_F(TransportTest, WithoutTheSocketsFileTcpTakesOverInTheSameAttempt) {
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  ASSERT_TRUE(RunTask(agent_));
  EXPECT_THAT(seen_,
              ElementsAre("subscribed", "launch task", "TASK_STARTING", "TASK_RUNNING", "all"));
  EXPECT_THAT(agent_.requests().front().head, HasSubstr("POST /api/v1/executor HTTP/1.1\r\n"));
}

TEST_F(TransportTest, AStaleSocketIsPassedOverAndTriedAgainAfterwards) {
  Serve();
  local_.reset();  // The file stays: ECONNREFUSED.
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_EQ(agent_.accepted(), 1);
  Serve();
  agent_.Cut(Kill(), 0);
  ASSERT_TRUE(Await([&] { return subscribed_ == 2; }));
  EXPECT_EQ(agent_.accepted(), 1);
  EXPECT_EQ(local_->accepted(), 1);
}

TEST_F(TransportTest, ASocketThatTakesConnectionsAndAnswersNothingIsPassedOver) {
  // As systemd's does while the agent is down.
  boost::asio::local::stream_protocol::acceptor silent(
      loop_.io_context(), boost::asio::local::stream_protocol::endpoint(path_));
  AgentSettings settings = WithSocket();
  settings.shortest_attempt = absl::Milliseconds(100);
  Start(settings);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_THAT(seen_, ElementsAre("disconnected", "subscribed"));
  EXPECT_GE(agent_.accepted(), 1);
}

TEST_F(TransportTest, ASocketThatForbidsOurPathIsPassedOver) {
  Serve();
  local_->answer = [](const ScriptedAgent::Request&) { return ScriptedAgent::Answer(403, ""); };
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_EQ(local_->accepted(), 1);
  EXPECT_EQ(agent_.accepted(), 1);
}

TEST_F(TransportTest, ASilentSocketDoesntHoldUpTcpWhileTheAgentIsDown) {
  boost::asio::local::stream_protocol::acceptor silent(
      loop_.io_context(), boost::asio::local::stream_protocol::endpoint(path_));
  std::list<boost::asio::local::stream_protocol::socket> taken;
  std::function<void()> accept = [&] {
    taken.emplace_back(loop_.io_context());
    silent.async_accept(taken.back(), [&](const boost::system::error_code& error) {
      if (!error) accept();
    });
  };
  accept();
  // Bound, but not listening: refused.
  using boost::asio::ip::tcp;
  tcp::acceptor down(loop_.io_context(), tcp::v4());
  down.bind({boost::asio::ip::address_v4::loopback(), 0});
  AgentSettings settings = WithSocket();
  settings.endpoint.port = down.local_endpoint().port();
  settings.shortest_attempt = absl::Seconds(1);
  Start(settings);
  // Would take minutes, were the socket given twice the time after each silence.
  ASSERT_TRUE(Await([&] { return taken.size() > 20; }));
  down.listen();
  bool reached = false;
  tcp::socket back(loop_.io_context());
  down.async_accept(back, [&](const boost::system::error_code& error) { reached = !error; });
  EXPECT_TRUE(Await([&] { return reached; }));
  client_.reset();
  boost::system::error_code ignored;
  silent.close(ignored);
  loop_.io_context().poll();
}

TEST_F(TransportTest, ARefusalOverTheSocketIsNotBelievedAndAnAnswerOverTcpIsFollowed) {
  Serve();
  local_->answer = [](const ScriptedAgent::Request&) {
    return ScriptedAgent::Answer(400, "Executor cannot be found");
  };
  int refusals = 3;
  agent_.answer = [&](const ScriptedAgent::Request&) -> std::string {
    return refusals-- > 0 ? ScriptedAgent::Answer(503, "Agent has not finished recovery")
                          : "default";
  };
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_EQ(local_->accepted(), 1);
  EXPECT_EQ(agent_.accepted(), 4);
}

TEST_F(TransportTest, ABusyAgentIsAskedAgainOverTheSocket) {
  Serve();
  int refusals = 3;
  local_->answer = [&](const ScriptedAgent::Request&) -> std::string {
    return refusals-- > 0 ? ScriptedAgent::Answer(503, "Agent has not finished recovery")
                          : "default";
  };
  Start(WithSocket());
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_EQ(local_->accepted(), 4);
  EXPECT_EQ(agent_.accepted(), 0);
}

TEST_F(TransportTest, APathThatNoSocketAddressHoldsIsReached) {
  const std::string long_folder = folder_ + "/" + std::string(200, 'x');
  ASSERT_EQ(mkdir(long_folder.c_str(), 0700), 0);
  const std::string short_folder = folder_ + "/x";
  ASSERT_EQ(symlink(long_folder.c_str(), short_folder.c_str()), 0);
  {
    ScriptedAgent local(&loop_, short_folder + "/agent.sock");
    AgentSettings settings = WithSocket();
    settings.socket.path = long_folder + "/agent.sock";
    Start(settings);
    ASSERT_TRUE(AwaitSeen("subscribed"));
    EXPECT_EQ(local.accepted(), 1);
    EXPECT_EQ(agent_.accepted(), 0);
    client_.reset();
  }
  unlink((short_folder + "/agent.sock").c_str());
  unlink(short_folder.c_str());
  rmdir(long_folder.c_str());
}

TEST_F(TransportTest, AFolderThatIsntThereIsPassedOver) {
  AgentSettings settings = WithSocket();
  settings.socket.path = folder_ + "/" + std::string(200, 'x') + "/agent.sock";
  Start(settings);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_EQ(agent_.accepted(), 1);
}

TEST_F(TransportTest, AllGoesInJsonWhereThatIsAskedFor) {
  AgentSettings settings = Settings(/*checkpoint=*/true);
  settings.json = true;
  Start(settings);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  ASSERT_TRUE(RunTask(agent_));
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  for (const auto& request : agent_.requests()) {
    EXPECT_THAT(request.head, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(request.head, HasSubstr("\r\nAccept: application/json\r\n"));
  }
  agent_.PushChunk("0\n18\n{\"type\":\"OF_2030\"}");  // Passed over.
  agent_.Push(Kill());
  ASSERT_TRUE(AwaitSeen("kill task"));
  agent_.PushChunk("2\n{]");
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_THAT(std::string(why_.message()), HasSubstr("no JSON event"));
}

}  // namespace
}  // namespace mesos_executor::agent
