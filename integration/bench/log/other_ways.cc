#include "integration/bench/log/other_ways.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <simdjson.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "integration/bench/process_cost.h"
#include "integration/receiver/sink.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::bench {
namespace {

constexpr char kRsyslog[] = "/usr/sbin/rsyslogd";
constexpr size_t kPiece = 256 << 10;

// $0: its folder, $1: the file, $2: the port.
constexpr char kForward[] = R"(
global(workDirectory="$0")
module(load="imfile" mode="inotify")
main_queue(queue.type="Direct")
template(name="raw" type="string" string="%msg%\n")
ruleset(name="forward") {
  action(type="omfwd" target="127.0.0.1" port="$2" protocol="tcp" template="raw")
}
input(type="imfile" file="$1" tag="bench" ruleset="forward")
)";

absl::Duration ThreadTime() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

absl::Status SendFile(const std::string& path, uint16_t port) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (!file.valid() ||
      connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  std::vector<char> piece(kPiece);
  for (ssize_t size; (size = read(file.get(), piece.data(), kPiece)) > 0;) {
    for (ssize_t sent = 0; sent < size;) {
      const ssize_t now = send(connection.get(), piece.data() + sent, size - sent, MSG_NOSIGNAL);
      if (now < 0) return absl::ErrnoToStatus(errno, "send");
      sent += now;
    }
  }
  return absl::OkStatus();
}

// Each line parsed, its members written again.
absl::Status ParseFile(const std::string& path) {
  simdjson::padded_string text;
  if (simdjson::padded_string::load(path).get(text)) return absl::UnavailableError(path);
  simdjson::ondemand::parser parser;
  std::string out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const char* const newline = static_cast<const char*>(std::memchr(at, '\n', end - at));
    if (newline == nullptr) break;
    simdjson::ondemand::document line;
    simdjson::ondemand::object object;
    if (parser.iterate(at, newline - at, newline - at + simdjson::SIMDJSON_PADDING).get(line) ||
        line.get_object().get(object)) {
      return absl::DataLossError("not JSON");
    }
    out.push_back('{');
    for (auto field : object) {
      simdjson::ondemand::raw_json_string key;
      std::string_view value;
      simdjson::ondemand::value raw;
      if (field.key().get(key) || field.value().get(raw) ||
          simdjson::to_json_string(raw).get(value)) {
        return absl::DataLossError("not JSON");
      }
      out.push_back('"');
      const char* const name = key.raw();
      out.append(name, static_cast<const char*>(std::memchr(name, '"', 64)) - name);
      out.append("\":");
      out.append(value);
      out.push_back(',');
    }
    out.append("}\n");
    if (out.size() > kPiece) out.clear();
    at = newline + 1;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Duration> WriteToFile(const std::string& writer, const std::string& path,
                                           uint64_t lines) {
  const UniqueFd file(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string progress_path = path + ".progress";
  const auto pid =
      Spawn({.argv = {writer, absl::StrCat(lines), progress_path}, .stdout_fd = file.get()});
  if (!pid.ok()) return pid.status();
  waitpid(*pid, nullptr, 0);
  uint64_t progress[2] = {};
  std::ifstream(progress_path, std::ios::binary)
      .read(reinterpret_cast<char*>(progress), sizeof(progress));
  if (progress[0] != lines) return absl::InternalError("the writer has failed");
  return absl::Nanoseconds(progress[1]) / static_cast<double>(lines);
}

absl::StatusOr<absl::Duration> ForwardByRsyslog(const std::string& sink, const std::string& path,
                                                uint64_t lines) {
  if (access(kRsyslog, X_OK) != 0) return absl::NotFoundError("rsyslogd isn't installed");
  const auto receiver = receiver::Sink::Start({.program = sink});
  if (!receiver.ok()) return receiver.status();
  std::string folder = "/tmp/bench.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, "mkdtemp");
  const absl::Cleanup remove = [&] { std::filesystem::remove_all(folder); };
  const std::string configuration = folder + "/rsyslog.conf";
  std::ofstream(configuration) << absl::Substitute(kForward, folder, path, (*receiver)->port());
  const auto pid = Spawn({.argv = {kRsyslog, "-n", "-f", configuration, "-i", "NONE"}});
  if (!pid.ok()) return pid.status();
  absl::StatusOr<TimeCost> cost = absl::DeadlineExceededError("rsyslog is too slow");
  const absl::Time end = absl::Now() + absl::Minutes(5);
  while (absl::Now() < end) {
    const auto counts = (*receiver)->Ask();
    if (!counts.ok() || counts->lines >= lines) {
      cost = TimeOf({*pid});
      break;
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  kill(*pid, SIGKILL);
  waitpid(*pid, nullptr, 0);
  if (!cost.ok()) return cost.status();
  return cost->cpu;
}

absl::StatusOr<absl::Duration> CopyAndParse(const std::string& sink, const std::string& path) {
  const auto receiver = receiver::Sink::Start({.program = sink});
  if (!receiver.ok()) return receiver.status();
  const absl::Duration begun = ThreadTime();
  absl::Status status = SendFile(path, (*receiver)->port());
  if (status.ok()) status = ParseFile(path);
  const absl::Duration ended = ThreadTime();
  if (!status.ok()) return status;
  return ended - begun;
}

}  // namespace mesos_executor::bench
