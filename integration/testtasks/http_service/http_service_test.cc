#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/http_client.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {
namespace {

constexpr char kBinary[] = "integration/testtasks/http_service/http_service";

class HttpServiceTest : public ::testing::Test {
 protected:
  // Whatever carries this test's mark.
  ~HttpServiceTest() override {
    for (const pid_t pid : Processes()) kill(pid, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }

  // Starts the service and waits until it listens.
  void Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kBinary);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::string port0 = "PORT0=0";
    char* environment[] = {port0.data(), mark_.data(), nullptr};
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
    ASSERT_EQ(posix_spawn(&pid_, kBinary, &actions, nullptr, argv.data(), environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    writer.Reset();
    std::string line;
    for (char byte; read(reader.get(), &byte, 1) == 1 && byte != '\n';) line += byte;
    const std::string_view start = "listening on 127.0.0.1:";
    ASSERT_TRUE(absl::StartsWith(line, {start.data(), start.size()})) << line;
    int port = 0;
    ASSERT_TRUE(absl::SimpleAtoi(line.substr(start.size()), &port)) << line;
    endpoint_ = {"127.0.0.1", static_cast<uint16_t>(port)};
  }

  // "status body"
  std::string Ask(const std::string& method, const std::string& target) {
    AsioEventLoop loop;
    const auto client = NewHttpClient(&loop);
    std::string result;
    auto pending = client->Send(
        {.endpoint = endpoint_, .method = method, .target = target, .timeout = absl::Seconds(60)},
        [&](absl::StatusOr<HttpResponse> response) {
          result = response.ok() ? absl::StrCat(response->status, " ", response->body)
                                 : response.status().ToString();
          loop.Stop();
        });
    loop.Run();
    return result;
  }

  // Those that carry the mark in their environment.
  std::vector<pid_t> Processes() const {
    std::vector<pid_t> pids;
    DIR* proc = opendir("/proc");
    while (const dirent* entry = readdir(proc)) {
      int pid = 0;
      if (!absl::SimpleAtoi(entry->d_name, &pid)) continue;
      std::ifstream file(absl::StrCat("/proc/", pid, "/environ"));
      const std::string environment(std::istreambuf_iterator<char>(file), {});
      if (absl::StrContains(environment, mark_)) pids.push_back(pid);
    }
    closedir(proc);
    return pids;
  }

  pid_t pid_ = -1;
  TcpEndpoint endpoint_;
  std::string mark_ = absl::StrCat("HTTP_SERVICE_TEST_MARK=", getpid(), "-", ++number_);
  static inline int number_ = 0;
};

TEST_F(HttpServiceTest, AnswersAndIsSickWhenItIsTold) {
  Start({});
  EXPECT_EQ(Ask("GET", "/"), "200 Hello from a task of Mesos.\n");
  EXPECT_EQ(Ask("GET", "/health"), "200 ok");
  EXPECT_EQ(Ask("POST", "/sick"), "200 sick\n");
  EXPECT_EQ(Ask("GET", "/health"), "503 sick");
  EXPECT_EQ(Ask("POST", "/well"), "200 well\n");
  EXPECT_EQ(Ask("GET", "/health"), "200 ok");
  EXPECT_EQ(Ask("GET", "/sick"), "404 not found\n");
  EXPECT_EQ(Ask("PUT", "/"), "404 not found\n");
}

TEST_F(HttpServiceTest, EndsWithZeroOnSigterm) {
  Start({});
  ASSERT_EQ(kill(pid_, SIGTERM), 0);
  int status = -1;
  ASSERT_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(HttpServiceTest, MayIgnoreSigterm) {
  Start({"--ignore-sigterm"});
  ASSERT_EQ(kill(pid_, SIGTERM), 0);
  EXPECT_EQ(Ask("GET", "/health"), "200 ok");
}

TEST_F(HttpServiceTest, EndsWithZeroOnRequest) {
  Start({"--ignore-sigterm"});
  EXPECT_EQ(Ask("POST", "/quit"), "200 bye\n");
  int status = -1;
  ASSERT_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(HttpServiceTest, MayHaveADaemonOfTheSameMarkInAnotherSession) {
  Start({"--daemon"});
  const std::vector<pid_t> pids = Processes();
  ASSERT_EQ(pids.size(), 2u);
  const pid_t daemon = pids[0] == pid_ ? pids[1] : pids[0];
  EXPECT_NE(getsid(daemon), getsid(pid_));
  EXPECT_NE(getpgid(daemon), getpgid(pid_));
}

}  // namespace
}  // namespace mesos_executor
