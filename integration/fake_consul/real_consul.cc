#include "integration/fake_consul/real_consul.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/fake_consul/ask.h"

namespace mesos_executor::fake_consul {
namespace {

using nlohmann::json;

constexpr int kAttempts = 5;
constexpr absl::Duration kReadyWithin = absl::Seconds(60);

UniqueFd Bind(int type, uint16_t port) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Consul's listeners have it too, which is why they may share the port.
  if (type == SOCK_STREAM) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) fd.Reset();
  return fd;
}

// Of a log that is removed with its folder.
std::string LastLine(const std::string& path) {
  std::ifstream log(path);
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "none" : last;
}

}  // namespace

std::string ConsulBinary() {
  const char* binary = getenv("CONSUL_BIN");
  return binary == nullptr ? "" : binary;
}

RealConsul::RealConsul(std::string binary, Options options)
    : binary_(std::move(binary)), options_(std::move(options)) {}

RealConsul::~RealConsul() {
  Stop();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string RealConsul::address() const { return absl::StrCat("127.0.0.1:", port()); }

absl::StatusOr<std::unique_ptr<RealConsul>> RealConsul::Start(const std::string& binary,
                                                              Options options) {
  absl::Status status;
  // Serf needs a UDP port too, which can't be reserved: somebody may have been faster.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::unique_ptr<RealConsul> consul(new RealConsul(binary, options));
    status = consul->Prepare();
    if (status.ok()) status = consul->StartEmpty();
    if (status.ok()) return consul;
  }
  return status;
}

absl::StatusOr<RealConsul::Port> RealConsul::ReservePort() {
  Port port;
  port.reserved = Bind(SOCK_STREAM, 0);
  sockaddr_in address;
  socklen_t size = sizeof(address);
  if (!port.reserved.valid() ||
      getsockname(port.reserved.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "no free port on loopback");
  }
  port.number = ntohs(address.sin_port);
  if (!Bind(SOCK_DGRAM, port.number).valid()) {
    return absl::UnavailableError(absl::StrCat("UDP port ", port.number, " is taken"));
  }
  return port;
}

absl::Status RealConsul::Prepare() {
  while (ports_.size() < 4) {
    auto port = ReservePort();
    if (!port.ok()) return port.status();
    ports_.push_back(*std::move(port));
  }
  // Short: a Unix socket's path has at most 107 bytes.
  std::string folder = "/tmp/consul-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, folder);
  folder_ = folder;
  json config = {{"ports",
                  {{"http", ports_[0].number},
                   {"serf_lan", ports_[1].number},
                   {"server", ports_[2].number},
                   {"serf_wan", -1},
                   {"dns", -1},
                   {"grpc", -1}}},
                 {"bind_addr", "127.0.0.1"},
                 {"client_addr", "127.0.0.1"},
                 {"addresses", {{"http", absl::StrCat("127.0.0.1 unix://", socket())}}},
                 {"disable_update_check", true}};
  if (!options_.certificate_file.empty()) {
    config["ports"]["https"] = ports_[3].number;
    config["cert_file"] = options_.certificate_file;
    config["key_file"] = options_.key_file;
    config["ca_file"] = options_.ca_file;
    config["verify_incoming_https"] = true;
  }
  if (!options_.token.empty()) {
    config["acl"] = {{"enabled", true},
                     {"default_policy", "deny"},
                     {"tokens", {{"master", options_.token}, {"agent", options_.token}}}};
  }
  std::ofstream(folder_ + "/config.json") << config;
  return absl::OkStatus();
}

absl::Status RealConsul::StartEmpty() {
  Stop();
  auto status = Spawn();
  if (status.ok()) status = AwaitReady();
  return status;
}

absl::Status RealConsul::Spawn() {
  const std::string config = absl::StrCat("-config-file=", folder_, "/config.json");
  const std::string log = folder_ + "/log";
  const char* const argv[] = {binary_.c_str(), "agent", "-dev", config.c_str(), nullptr};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    // Only what is safe between fork and exec in a process with threads: signal-safety(7).
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    setpgid(0, 0);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(argv[0], const_cast<char* const*>(argv));
    _exit(127);
  }
  pid_ = pid;
  pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd_.valid()) return absl::ErrnoToStatus(errno, "pidfd_open");
  return absl::OkStatus();
}

absl::Status RealConsul::AwaitReady() {
  const absl::Time end = absl::Now() + kReadyWithin;
  while (absl::Now() < end) {
    const auto nodes = AskConsul(port(), {"GET", "/v1/catalog/nodes", options_.token, ""});
    if (nodes.ok() && nodes->status == 200) {
      const auto list = json::parse(nodes->body, nullptr, /*allow_exceptions=*/false);
      if (list.is_array() && !list.empty()) return absl::OkStatus();
    }
    // Its death is an event; its readiness has to be asked for.
    pollfd death = {.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    if (poll(&death, 1, /*ms=*/20) > 0) {
      return absl::UnavailableError(
          absl::StrCat(binary_, " ended at once; its last words: ", LastLine(folder_ + "/log")));
    }
  }
  return absl::DeadlineExceededError(absl::StrCat(
      binary_, " is not ready after a minute; its last words: ", LastLine(folder_ + "/log")));
}

void RealConsul::Stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  pidfd_.Reset();
}

void RealConsul::Freeze() {
  kill(pid_, SIGSTOP);
  // Until all its threads have stopped it still answers.
  while (waitpid(pid_, nullptr, WUNTRACED) < 0 && errno == EINTR) {
  }
}
void RealConsul::Thaw() { kill(pid_, SIGCONT); }

}  // namespace mesos_executor::fake_consul
