#include "integration/log_shipper/metrics_page.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

std::string ReadMetrics(const std::string& socket) {
  sockaddr_un address = {.sun_family = AF_UNIX};
  if (socket.size() >= sizeof(address.sun_path)) return "";
  socket.copy(address.sun_path, socket.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return "";
  constexpr absl::string_view kRequest =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(fd.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) < 0) return "";
  std::string answer;
  char piece[4096];
  for (ssize_t got; (got = read(fd.get(), piece, sizeof(piece))) > 0;) answer.append(piece, got);
  return answer;
}

uint64_t SumOfMetric(absl::string_view page, absl::string_view name) {
  uint64_t sum = 0;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!absl::StartsWith(line, name)) continue;
    const absl::string_view rest = line.substr(name.size());
    if (!absl::StartsWith(rest, "{") && !absl::StartsWith(rest, " ")) continue;
    double value = 0;
    if (absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) sum += value;
  }
  return sum;
}

}  // namespace mesos_executor
