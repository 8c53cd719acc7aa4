// What http_service is told on its command line.
#ifndef INTEGRATION_TESTTASKS_HTTP_SERVICE_OPTIONS_H_
#define INTEGRATION_TESTTASKS_HTTP_SERVICE_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mesos_executor::http_service {

inline constexpr char kHelp[] =
    "http_service: a small HTTP service on 127.0.0.1, a task for trying things out.\n"
    "  GET /        says hello\n"
    "  GET /health  200, or 503 after POST /sick, until POST /well\n"
    "  POST /quit   makes it exit with 0\n"
    "On SIGTERM it exits with 0.\n"
    "\n"
    "  --port N          where to listen; 0 takes a free port (default: $PORT0)\n"
    "  --ignore-sigterm  live on when told to end\n"
    "  --daemon          also start a background process that has left parent and session\n"
    "  --help            this text\n";

struct Options {
  uint16_t port = 0;
  bool ignore_sigterm = false;
  bool daemon = false;
  bool help = false;
};

// `port0` is $PORT0, or "". InvalidArgument says what is wrong.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments,
                                     std::string_view port0);

}  // namespace mesos_executor::http_service

#endif  // INTEGRATION_TESTTASKS_HTTP_SERVICE_OPTIONS_H_
