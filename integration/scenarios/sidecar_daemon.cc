#include "integration/scenarios/sidecar_daemon.h"

#include <glog/logging.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <filesystem>
#include <utility>

#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

bool Accepts(const std::string& path) {
  sockaddr_un address = {.sun_family = AF_UNIX};
  CHECK_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

SidecarDaemon::SidecarDaemon(const std::string& place, const std::string& folder,
                             std::vector<std::string> environment, std::vector<std::string> flags)
    : environment_(std::move(environment)) {
  const std::string name = std::filesystem::path(place).filename();
  socket_ = folder + "/" + name + ".sock";
  argv_ = {DataPath(place), "--socket", socket_, "--state-dir", folder + "/" + name + ".state"};
  argv_.insert(argv_.end(), flags.begin(), flags.end());
}

SidecarDaemon::~SidecarDaemon() {
  if (pid_ != 0) Kill();
}

void SidecarDaemon::Start() {
  CHECK_EQ(pid_, 0);
  const absl::StatusOr<pid_t> pid = Spawn({.argv = argv_, .environment = environment_});
  CHECK(pid.ok()) << pid.status();
  pid_ = *pid;
  CHECK(Eventually([this] { return Accepts(socket_); }))
      << argv_[0] << " doesn't serve " << socket_;
}

void SidecarDaemon::Kill() {
  kill(pid_, SIGKILL);
  PCHECK(waitpid(std::exchange(pid_, 0), nullptr, 0) > 0);
}

void SidecarDaemon::Signal(int signal) { PCHECK(kill(pid_, signal) == 0); }

int SidecarDaemon::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  PCHECK(waitpid(std::exchange(pid_, 0), &status, 0) > 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace mesos_executor
