// The program as people start it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "integration/fake_vaas/ask.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::fake_vaas {
namespace {

// Killed when destroyed.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "integration/fake_vaas/fake_vaas");
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    out_ = UniqueFd(ends[0]);
    const UniqueFd in(ends[1]);
    const auto pid =
        Spawn({.argv = arguments, .environment = {}, .stdout_fd = in.get(), .stderr_fd = in.get()});
    EXPECT_TRUE(pid.ok()) << pid.status();
    pid_ = pid.value_or(-1);
  }
  ~Program() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  // Its output up to this text, or to its end.
  std::string ReadTo(const std::string& text) {
    std::string read_so_far;
    char byte;
    while (read_so_far.find(text) == std::string::npos && read(out_.get(), &byte, 1) == 1) {
      read_so_far += byte;
    }
    return read_so_far;
  }
  void Terminate() { kill(pid_, SIGTERM); }
  // Its exit code, or -1.
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  UniqueFd out_;
  pid_t pid_ = -1;
};

TEST(FakeVaasProgramTest, SaysWhereItServesAndServesUntilSigterm) {
  Program program({"--director", "shop", "--key", "k"});
  const std::string line = program.ReadTo("\n");
  const std::string start = "fake_vaas: serving at http://127.0.0.1:";
  ASSERT_EQ(line.substr(0, start.size()), start);
  const auto port = static_cast<uint16_t>(std::stoi(line.substr(start.size())));
  const auto answer = AskVaas(port, {.method = "GET",
                                     .target = "/api/v0.1/director/?name=shop",
                                     .authorization = "ApiKey user:k"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_NE(answer->body.find("\"total_count\":1"), std::string::npos) << answer->body;
  program.Terminate();
  EXPECT_EQ(program.Wait(), 0);
}

TEST(FakeVaasProgramTest, HelpIsShownAndNonsenseIsRefused) {
  Program help({"--help"});
  EXPECT_NE(help.ReadTo("--port").find("--port"), std::string::npos);
  help.ReadTo("never said");
  EXPECT_EQ(help.Wait(), 0);
  Program nonsense({"--nonsense"});
  EXPECT_NE(nonsense.ReadTo("--help").find("nonsense"), std::string::npos);
  EXPECT_EQ(nonsense.Wait(), 2);
}

}  // namespace
}  // namespace mesos_executor::fake_vaas
