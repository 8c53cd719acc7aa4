#include "integration/bench/log/shipped_life.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/bench/process_cost.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/launch.h"
#include "integration/log_shipper/metrics_page.h"
#include "integration/receiver/sink.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::bench {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kWatchdog = absl::Minutes(2);

bool Await(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + kWatchdog;
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

// A supervisor with one task, and a daemon that ships its output to this port.
class ShippedTask {
 public:
  ~ShippedTask() {
    if (agent_) agent_->DestroyContainer();
    agent_.reset();
    if (shipper_ > 0) {
      kill(shipper_, SIGKILL);
      waitpid(shipper_, nullptr, 0);
    }
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  // The task runs `command` in its sandbox once the file `go` is there. True when it waits for it.
  absl::Status Start(const LogPrograms& programs, uint16_t port, const std::string& command) {
    std::string folder = "/tmp/bench.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, "mkdtemp");
    folder_ = folder;
    fs::create_directory(sandbox());
    const std::string metrics = folder_ + "/metrics.sock";
    const auto shipper =
        Spawn({.argv = {programs.shipper, "--socket", folder_ + "/log-shipper.sock", "--state-dir",
                        folder_ + "/state", "--metrics", "unix:" + metrics},
               .environment = std::vector<std::string>{
                   absl::StrCat("SERVICELOG_LOGSTASH_ADDRESS=127.0.0.1:", port)}});
    if (!shipper.ok()) return shipper.status();
    shipper_ = *shipper;
    const auto attached = [&] {
      return SumOfMetric(ReadMetrics(metrics), "mesos_sidecar_attached_tasks");
    };
    if (!Await([&] { return !ReadMetrics(metrics).empty(); })) return Late("shipper");
    auto agent = dev_agent::DevAgent::Start();
    if (!agent.ok()) return agent.status();
    agent_ = *std::move(agent);
    dev_agent::ExecutorLaunch launch = dev_agent::NewLaunch("bench", sandbox());
    dev_agent::SetVariable("ALLEGRO_EXECUTOR_SIDECAR_DIR", folder_, &launch);
    dev_agent::SetVariable("ALLEGRO_EXECUTOR_SERVICELOG_SPOOL_LIMIT", "4G", &launch);
    auto* label = launch.task.mutable_labels()->add_labels();
    label->set_key("log-scraping");
    label->set_value("json");
    dev_agent::SetCommand(programs.executor,
                          "touch ready; while ! test -e go; do sleep 0.01; done; exec " + command,
                          dev_agent::CommandIn::kTask, &launch);
    if (absl::Status status = agent_->Launch(launch); !status.ok()) return status;
    return Await([&] { return attached() == 1 && fs::exists(sandbox() + "/ready"); })
               ? absl::OkStatus()
               : Late("attached task");
  }
  void Go() { std::ofstream{sandbox() + "/go"}; }
  pid_t shipper() const { return shipper_; }
  std::string sandbox() const { return folder_ + "/sandbox"; }

  static absl::Status Late(absl::string_view what) {
    return absl::DeadlineExceededError(
        absl::StrCat("no ", what, " within ", absl::FormatDuration(kWatchdog)));
  }

 private:
  std::string folder_;
  std::unique_ptr<dev_agent::DevAgent> agent_;
  pid_t shipper_ = -1;
};

}  // namespace

absl::StatusOr<Flood> ShipFlood(const LogPrograms& programs, uint64_t lines) {
  const auto sink = receiver::Sink::Start({.program = programs.sink});
  if (!sink.ok()) return sink.status();
  ShippedTask task;
  absl::Status status =
      task.Start(programs, (*sink)->port(), absl::StrCat(programs.writer, " ", lines, " progress"));
  if (!status.ok()) return status;
  kill(task.shipper(), SIGSTOP);
  task.Go();
  uint64_t progress[2] = {};
  if (!Await([&] {
        std::ifstream file(task.sandbox() + "/progress", std::ios::binary);
        file.read(reinterpret_cast<char*>(progress), sizeof(progress));
        return progress[1] > 0;
      })) {
    return ShippedTask::Late("end of writing");
  }
  const auto before = TimeOf({task.shipper()});
  const absl::Time begun = absl::Now();
  kill(task.shipper(), SIGCONT);
  absl::Status asked;
  if (!Await([&] {
        const auto counts = (*sink)->Ask();
        asked = counts.status();
        return !counts.ok() || counts->lines >= lines;
      })) {
    return ShippedTask::Late("last line");
  }
  const absl::Time ended = absl::Now();
  const auto after = TimeOf({task.shipper()});
  if (!asked.ok()) return asked;
  if (!before.ok()) return before.status();
  if (!after.ok()) return after.status();
  return Flood{.write = absl::Nanoseconds(progress[1]) / static_cast<double>(lines),
               .cpu = after->cpu - before->cpu,
               .wall = ended - begun};
}

absl::StatusOr<std::vector<absl::Duration>> ShipSingleLines(const LogPrograms& programs,
                                                            int lines) {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (bind(listener.get(), generic, size) != 0 || listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), generic, &size) != 0) {
    return absl::ErrnoToStatus(errno, "listening");
  }
  ShippedTask task;
  // The time is taken in the shell, before it writes.
  absl::Status status =
      task.Start(programs, ntohs(address.sin_port),
                 absl::StrCat("sh -c 'for i in $(seq ", lines,
                              R"x(); do sleep 0.3; date +"{\"written\":%s%N}"; done')x"));
  if (!status.ok()) return status;
  task.Go();
  const UniqueFd connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::vector<absl::Duration> latencies;
  std::string text;
  while (latencies.size() < static_cast<size_t>(lines)) {
    pollfd readable = {connection.get(), POLLIN, 0};
    char piece[4096];
    if (poll(&readable, 1, absl::ToInt64Milliseconds(kWatchdog)) != 1) {
      return ShippedTask::Late("line");
    }
    const ssize_t got = read(connection.get(), piece, sizeof(piece));
    const absl::Time now = absl::Now();
    if (got <= 0) return absl::UnavailableError("the shipper has hung up");
    text.append(piece, got);
    for (size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1)) {
      constexpr absl::string_view kMark = "\"written\":";
      const size_t mark = text.find(kMark.data(), 0, kMark.size());
      int64_t written = 0;
      if (mark < end)
        std::from_chars(text.data() + mark + kMark.size(), text.data() + end, written);
      latencies.push_back(now - absl::FromUnixNanos(written));
    }
  }
  return latencies;
}

}  // namespace mesos_executor::bench
