#include "integration/testtasks/http_service/options.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::http_service {

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments,
                                     std::string_view port0) {
  Options options;
  std::string port(port0);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help") {
      options.help = true;
    } else if (argument == "--ignore-sigterm") {
      options.ignore_sigterm = true;
    } else if (argument == "--daemon") {
      options.daemon = true;
    } else if (argument == "--port" && i + 1 < arguments.size()) {
      port = arguments[++i];
    } else if (argument.starts_with("--port=")) {
      port = argument.substr(sizeof("--port=") - 1);
    } else {
      return absl::InvalidArgumentError(absl::StrCat(argument, ": not understood; try --help"));
    }
  }
  if (options.help) return options;
  if (port.empty()) return absl::InvalidArgumentError("no port: set $PORT0 or give --port N");
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("port ", port, ": not a number from 0 to 65535"));
  }
  options.port = static_cast<uint16_t>(number);
  return options;
}

}  // namespace mesos_executor::http_service
