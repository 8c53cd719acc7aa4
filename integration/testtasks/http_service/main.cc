// A small HTTP service; see options.h for what it does.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "integration/testtasks/http_service/options.h"
#include "integration/testtasks/http_service/server.h"

namespace mesos_executor::http_service {
namespace {

// By the book: two forks and a session of its own. It has the same environment, and the same
// attitude to SIGTERM.
bool StartDaemon() {
  const pid_t middle = fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    for (;;) pause();
  }
  return middle > 0 && waitpid(middle, nullptr, 0) == middle;
}

int Main(const std::vector<std::string>& arguments) {
  const char* port0 = getenv("PORT0");
  const absl::StatusOr<Options> options = ParseOptions(arguments, port0 == nullptr ? "" : port0);
  if (!options.ok()) {
    std::cerr << "http_service: " << options.status().message() << "\n";
    return 2;
  }
  if (options->help) {
    std::cout << kHelp;
    return 0;
  }
  if (options->ignore_sigterm) signal(SIGTERM, SIG_IGN);
  if (options->daemon && !StartDaemon()) {
    perror("http_service: starting the daemon");
    return 1;
  }
  // After the fork: the daemon dies of SIGTERM by itself.
  if (!options->ignore_sigterm) signal(SIGTERM, [](int) { _exit(0); });

  boost::asio::io_context io_context(1);
  Server server(&io_context);
  if (const absl::Status listening = server.Listen(options->port); !listening.ok()) {
    std::cerr << "http_service: " << listening.message() << "\n";
    return 1;
  }
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;
  io_context.run();
  return 0;
}

}  // namespace
}  // namespace mesos_executor::http_service

int main(int argc, char** argv) {
  return mesos_executor::http_service::Main(std::vector<std::string>(argv + 1, argv + argc));
}
