#include "integration/receiver/rsyslog.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::receiver {
namespace {

constexpr char kProgram[] = "/usr/sbin/rsyslogd";
constexpr absl::Duration kReadyWithin = absl::Minutes(1);
constexpr int kAttempts = 5;

// $0 is the folder, $1 the port. A large buffer, as UDP loses what a busy machine reads too late.
constexpr char kConfiguration[] = R"(
global(workDirectory="$0" maxMessageSize="256k")
module(load="imudp")
module(load="imtcp")
module(load="mmjsonparse")
main_queue(queue.type="Direct")
template(name="raw" type="string" string="%rawmsg%\n")
ruleset(name="entries" queue.type="Direct") {
  action(type="mmjsonparse" cookie="" useRawMsg="on")
  if $$parsesuccess == "OK" then {
    action(type="omfile" file="$0/entries" template="raw")
  } else {
    action(type="omfile" file="$0/invalid" template="raw")
  }
}
input(type="imudp" address="127.0.0.1" port="$1" rcvbufSize="32m" ruleset="entries")
input(type="imtcp" address="127.0.0.1" port="$1" supportOctetCountedFraming="off" ruleset="entries")
)";

void EndLastLine(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  if (!file.seekg(-1, std::ios::end) || file.get() == '\n') return;
  file.seekp(0, std::ios::end);
  file.put('\n');
}

}  // namespace

bool Rsyslog::Available() { return access(kProgram, X_OK) == 0; }

absl::StatusOr<std::unique_ptr<Rsyslog>> Rsyslog::Start() {
  absl::Status status;
  // The UDP port can't be reserved: somebody may have been faster.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::unique_ptr<Rsyslog> rsyslog(new Rsyslog);
    status = rsyslog->Prepare();
    if (status.ok()) status = rsyslog->StartAgain();
    if (status.ok()) return rsyslog;
  }
  return status;
}

Rsyslog::~Rsyslog() {
  Kill();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

absl::Status Rsyslog::Prepare() {
  auto port = ReservePort(/*udp_too=*/true);
  if (!port.ok()) return port.status();
  port_ = *std::move(port);
  const char* parent = getenv("TEST_TMPDIR");
  std::string folder = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/rsyslog-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, folder);
  folder_ = folder;
  std::ofstream(folder_ + "/rsyslog.conf")
      << absl::Substitute(kConfiguration, folder_, port_.number);
  for (const std::string& file : {entries_file(), invalid_file()}) std::ofstream{file};
  return absl::OkStatus();
}

absl::Status Rsyslog::StartAgain() {
  // One that was killed may have left half a line, which the first one of the next would continue.
  for (const std::string& file : {entries_file(), invalid_file()}) EndLastLine(file);
  const UniqueFd log(
      open((folder_ + "/log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  SubprocessSpec spec;
  // A pid file of one that was killed would stop it.
  spec.argv = {kProgram, "-n", "-f", folder_ + "/rsyslog.conf", "-i", "NONE"};
  spec.stdout_fd = log.get();
  spec.stderr_fd = log.get();
  const auto pid = Spawn(spec);
  if (!pid.ok()) return pid.status();
  pid_ = *pid;
  return AwaitListening();
}

absl::Status Rsyslog::AwaitListening() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_.number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const absl::Time end = absl::Now() + kReadyWithin;
  while (absl::Now() < end) {
    if (HasEnded()) return absl::UnavailableError(absl::StrCat("rsyslogd has ended: ", Log()));
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // The kernel connects when it listens; by then it has bound the port of UDP, too.
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      return absl::OkStatus();
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  return absl::DeadlineExceededError(absl::StrCat("rsyslogd doesn't listen: ", Log()));
}

bool Rsyslog::HasEnded() {
  if (waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

std::string Rsyslog::Log() const {
  std::ifstream file(folder_ + "/log");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void Rsyslog::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace mesos_executor::receiver
