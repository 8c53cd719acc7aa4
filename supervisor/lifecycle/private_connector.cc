#include "supervisor/lifecycle/private_connector.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::lifecycle {
namespace {

// The child's descriptors, in the order of SubprocessSpec::descriptors.
constexpr absl::string_view kSocketNumber = "3";
constexpr absl::string_view kSettingsNumber = "4";
constexpr absl::string_view kSpoolsNumber = "5";

// A file in memory that is read from its start.
absl::StatusOr<UniqueFd> SettingsFile(const Settings& settings) {
  UniqueFd file(memfd_create("settings", MFD_CLOEXEC));
  if (!file.valid()) return absl::ErrnoToStatus(errno, "memfd_create");
  std::string text;
  for (const auto& [name, value] : settings)
    absl::StrAppend(&text, name, "=", value, absl::string_view("\0", 1));
  // One write holds it all: an environment, of which this is a part, has 2 MiB at most.
  const ssize_t written = write(file.get(), text.data(), text.size());
  explicit_bzero(text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()))
    return absl::ErrnoToStatus(errno, "write settings");
  if (lseek(file.get(), 0, SEEK_SET) != 0) return absl::ErrnoToStatus(errno, "lseek");
  return file;
}

// Best effort: without it the sidecar is only as likely to be killed as we are. Ours do it
// themselves before they hide their memory, after which only root may; this is for others.
void OfferToOomKiller(pid_t pid) {
  const std::string path = absl::StrCat("/proc/", pid, "/oom_score_adj");
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  constexpr absl::string_view kFirst = "1000";
  [[maybe_unused]] const ssize_t written = write(file.get(), kFirst.data(), kFirst.size());
}

}  // namespace

PrivateConnector::PrivateConnector(std::vector<std::string> command, Settings settings,
                                   WatchChild watch, StreamOpener open, SpoolSource spools)
    : command_(std::move(command)),
      settings_(std::move(settings)),
      watch_(std::move(watch)),
      open_(std::move(open)),
      spools_(std::move(spools)) {}

absl::StatusOr<std::unique_ptr<Stream>> PrivateConnector::Connect(Stream::Listener* listener) {
  CHECK(!pid_.has_value()) << "pid " << *pid_ << " has not gone yet";
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const absl::StatusOr<UniqueFd> settings = SettingsFile(settings_);
  if (!settings.ok()) return settings.status();
  const UniqueFd empty(open("/dev/null", O_RDONLY | O_CLOEXEC));

  SubprocessSpec spec;
  spec.argv = command_;
  for (absl::string_view word : {absl::string_view("--private"), kSocketNumber,
                                 absl::string_view("--settings-fd"), kSettingsNumber}) {
    spec.argv.emplace_back(word);
  }
  const char* const path = getenv("PATH");
  spec.environment = {absl::StrCat("PATH=", path == nullptr ? "/usr/bin:/bin" : path)};
  spec.stdin_fd = empty.get();
  spec.descriptors = {theirs.get(), settings->get()};
  absl::StatusOr<UniqueFd> spools;
  if (spools_) spools = spools_();
  if (spools.ok()) {
    spec.argv.insert(spec.argv.end(), {"--descriptors-fd", std::string(kSpoolsNumber)});
    spec.descriptors.push_back(spools->get());
  }
  const absl::StatusOr<pid_t> pid = Spawn(spec);
  if (!pid.ok()) return pid.status();
  OfferToOomKiller(*pid);
  pid_ = *pid;
  exit_ = watch_(*pid, [this](int) {
    // What it left in its group dies with it; the group's number is free only when all of them are
    // gone.
    kill(-*pid_, SIGKILL);
    pid_.reset();
    exit_.reset();
    if (auto gone = std::exchange(gone_, nullptr)) gone();
  });
  return open_(std::move(ours), listener);
}

void PrivateConnector::Disconnected() {
  if (pid_.has_value()) kill(-*pid_, SIGKILL);
}

void PrivateConnector::WhenGone(absl::AnyInvocable<void()> done) {
  if (pid_.has_value()) {
    gone_ = std::move(done);
  } else {
    done();
  }
}

}  // namespace mesos_executor::lifecycle
