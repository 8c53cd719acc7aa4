#include "integration/receiver/sink.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "integration/receiver/reserved_port.h"
#include "supervisor/base/subprocess.h"

namespace mesos_executor::receiver {
namespace {

constexpr int kWatchdogMilliseconds = 60'000;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

absl::StatusOr<Pipe> NewPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> Sink::Start(Options options) {
  std::unique_ptr<Sink> sink(new Sink(std::move(options)));
  if (!sink->options_.udp) {
    auto reserved = ReservePort();
    if (!reserved.ok()) return reserved.status();
    sink->reserved_ = std::move(reserved->fd);
    sink->port_ = reserved->number;
  }
  if (auto status = sink->StartAgain(); !status.ok()) return status;
  return sink;
}

Sink::~Sink() { Kill(); }

absl::Status Sink::StartAgain() {
  auto to = NewPipe();
  if (!to.ok()) return to.status();
  auto from = NewPipe();
  if (!from.ok()) return from.status();
  SubprocessSpec spec;
  spec.argv = {options_.program, options_.udp ? "udp" : "tcp", absl::StrCat(port_)};
  if (options_.numbers) spec.argv.push_back("--numbers");
  if (!options_.file.empty()) {
    spec.argv.push_back("--file");
    spec.argv.push_back(options_.file);
  }
  spec.stdin_fd = to->read.get();
  spec.stdout_fd = from->write.get();
  const auto pid = Spawn(spec);
  if (!pid.ok()) return pid.status();
  pid_ = *pid;
  to_ = std::move(to->write);
  from_ = std::move(from->read);
  unread_.clear();
  from->write.Reset();
  const auto line = ReadLine();
  if (!line.ok()) return line.status();
  uint32_t port = 0;
  if (!absl::SimpleAtoi(absl::StripPrefix(*line, "port "), &port)) {
    return absl::InternalError(absl::StrCat("the sink says: ", *line));
  }
  port_ = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

absl::StatusOr<Counts> Sink::Ask() {
  if (write(to_.get(), "\n", 1) != 1) return absl::ErrnoToStatus(errno, "asking the sink");
  const auto line = ReadLine();
  if (!line.ok()) return line.status();
  return Counts::FromText(*line);
}

absl::StatusOr<std::string> Sink::ReadLine() {
  for (;;) {
    if (const size_t end = unread_.find('\n'); end != unread_.npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd readable = {from_.get(), POLLIN, 0};
    if (poll(&readable, 1, kWatchdogMilliseconds) != 1) {
      return absl::DeadlineExceededError("the sink has said nothing for a minute");
    }
    char bytes[512];
    const ssize_t count = read(from_.get(), bytes, sizeof(bytes));
    if (count <= 0) return absl::UnavailableError("the sink has ended");
    unread_.append(bytes, static_cast<size_t>(count));
  }
}

void Sink::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  to_.Reset();
  from_.Reset();
}

}  // namespace mesos_executor::receiver
