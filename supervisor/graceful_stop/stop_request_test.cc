#include "supervisor/graceful_stop/stop_request.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "supervisor/base/scripted_server.h"

namespace mesos_executor::graceful_stop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StopRequestTest : public ::testing::Test {
 protected:
  absl::Status Ask(const Endpoint& endpoint, size_t number) {
    absl::Status result = absl::UnknownError("not called");
    loop_.io_context().restart();
    auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
    const StopDefinition definition{std::get<TcpEndpoint>(endpoint), {"/quit", "/abort"}};
    const auto pending =
        RequestStop(client_.get(), definition, number, [&](const absl::Status& status) {
          result = status;
          loop_.Stop();
        });
    loop_.Run();
    return result;
  }

  AsioEventLoop loop_;
  const std::unique_ptr<HttpClient> client_ = NewHttpClient(&loop_);
};

TEST_F(StopRequestTest, PostsToThePathOfThatNumber) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string& request) {
    return absl::StartsWith(request, "POST /quit ")
               ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
               : "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
  });
  EXPECT_TRUE(Ask(server.endpoint(), 0).ok());
  EXPECT_EQ(Ask(server.endpoint(), 1).message(), "status 404");
  EXPECT_THAT(server.requests(), ElementsAre(StartsWith("POST /quit HTTP/1.1\r\n"),
                                             StartsWith("POST /abort HTTP/1.1\r\n")));
}

TEST_F(StopRequestTest, ATaskThatClosesInsteadOfAnsweringHasBeenAsked) {
  const std::string long_header = "HTTP/1.1 200 OK\r\nX: " + std::string(40 << 10, 'x');
  for (const std::string& answer :
       {std::string(), std::string("HTTP/1.1 20"), std::string("bye\r\n\r\n"), long_header}) {
    ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) { return answer; });
    EXPECT_EQ(Ask(server.endpoint(), 0), absl::OkStatus()) << answer.substr(0, 20);
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST_F(StopRequestTest, ATaskThatDoesNotListenCannotBeAsked) {
  std::optional<ScriptedServer> server;
  server.emplace(&loop_, "127.0.0.1", [](const std::string&) { return ""; });
  const Endpoint endpoint = server->endpoint();
  server.reset();
  EXPECT_THAT(std::string(Ask(endpoint, 0).message()), HasSubstr("Connection refused"));
}

TEST_F(StopRequestTest, IsSilentOnceDestroyed) {
  std::unique_ptr<Pending> pending;
  ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) -> std::optional<std::string> {
    pending.reset();
    loop_.Stop();
    return std::nullopt;
  });
  auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
  pending = RequestStop(client_.get(), {std::get<TcpEndpoint>(server.endpoint()), {"/quit"}}, 0,
                        [](const absl::Status&) { FAIL(); });
  loop_.Run();
}

}  // namespace
}  // namespace mesos_executor::graceful_stop
