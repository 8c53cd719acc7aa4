#include "integration/dev_agent/container.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/container_keeper.h"

namespace mesos_executor::dev_agent {
namespace {

// Descriptors that the keeper must not overwrite while it moves them to 0 to 3.
constexpr int kLowestFd = 10;

struct User {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

absl::StatusOr<User> FindUser(const std::string& name) {
  passwd entry;
  passwd* found = nullptr;
  std::vector<char> buffer(1 << 16);
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return absl::NotFoundError(absl::StrCat("no user '", name, "' on this machine"));
  }
  User user{entry.pw_uid, entry.pw_gid, std::vector<gid_t>(1 << 10)};
  int count = static_cast<int>(user.groups.size());
  getgrouplist(name.c_str(), user.gid, user.groups.data(), &count);
  user.groups.resize(std::min<size_t>(count, user.groups.size()));
  return user;
}

absl::StatusOr<UniqueFd> Open(const std::string& path, int flags,
                              const std::optional<User>& owner) {
  const UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, 0644));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  if (owner && fchown(fd.get(), owner->uid, owner->gid) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot give ", path, " to the user"));
  }
  return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, kLowestFd));
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Argv(const mesos::v1::CommandInfo& command) {
  if (command.shell()) return {"sh", "-c", command.value()};
  if (command.arguments().empty()) return {command.value()};
  return {command.arguments().begin(), command.arguments().end()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Container>> Container::Launch(EventLoop* loop,
                                                             const ContainerSpec& spec,
                                                             Callbacks callbacks) {
  std::optional<User> user;
  if (!spec.user.empty()) {
    auto found = FindUser(spec.user);
    if (!found.ok()) return found.status();
    user = *std::move(found);
    if (chown(spec.sandbox.c_str(), user->uid, user->gid) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot give ", spec.sandbox, " to the user"));
    }
  }
  auto null = Open("/dev/null", O_RDONLY, std::nullopt);
  if (!null.ok()) return null.status();
  constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
  auto out = Open(spec.sandbox + "/stdout", kAppend, user);
  if (!out.ok()) return out.status();
  auto err = Open(spec.sandbox + "/stderr", kAppend, user);
  if (!err.ok()) return err.status();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs_low(ends[1]);
  const UniqueFd theirs(fcntl(theirs_low.get(), F_DUPFD_CLOEXEC, kLowestFd));

  const std::string command_file = spec.command.shell() ? "/bin/sh" : spec.command.value();
  std::vector<std::string> argv = Argv(spec.command);
  std::vector<std::string> environment;
  for (const auto& [name, value] : spec.environment) {
    environment.push_back(absl::StrCat(name, "=", value));
  }
  const std::vector<char*> argv_pointers = Pointers(argv);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const KeeperSpec keeper_spec = {
      .control = theirs.get(),
      .stdin_fd = null->get(),
      .stdout_fd = out->get(),
      .stderr_fd = err->get(),
      .file = command_file.c_str(),
      .argv = argv_pointers.data(),
      .environment = environment_pointers.data(),
      .directory = spec.sandbox.c_str(),
      .kill_when_abandoned = spec.destroy,
      .switch_user = user.has_value(),
      .uid = user ? user->uid : 0,
      .gid = user ? user->gid : 0,
      .groups = user ? user->groups.data() : nullptr,
      .group_count = user ? static_cast<int>(user->groups.size()) : 0,
  };
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t keeper = fork();
  if (keeper == 0) RunKeeper(keeper_spec);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (keeper < 0) return absl::ErrnoToStatus(error, "fork");
  return std::unique_ptr<Container>(
      new Container(loop, std::move(ours), keeper, spec.destroy, std::move(callbacks)));
}

Container::Container(EventLoop* loop, UniqueFd control, pid_t keeper, bool destroy,
                     Callbacks callbacks)
    : control_(std::move(control)),
      keeper_(keeper),
      destroy_(destroy),
      callbacks_(std::move(callbacks)),
      watch_(loop->WatchReadable(control_.get(), [this] { OnMessage(); })) {}

Container::~Container() {
  watch_.reset();
  if (destroy_) Destroy();
  control_.Reset();
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Container::Destroy() { send(control_.get(), "K", 1, MSG_NOSIGNAL); }

void Container::OnMessage() {
  KeeperMessage message;
  const ssize_t size = recv(control_.get(), &message, sizeof message, MSG_DONTWAIT);
  if (size < 0) return;
  if (size == 0) {
    watch_.reset();
    return;
  }
  switch (message.kind) {
    case KeeperMessage::kStarted:
      executor_ = message.pid;
      callbacks_.started(message.pid);
      return;
    case KeeperMessage::kExecFailed:
      callbacks_.exec_failed(message.value);
      return;
    case KeeperMessage::kReaped:
      if (message.pid != executor_ || executor_exited_) return;
      executor_exited_ = true;
      callbacks_.exited(message.value);
      return;
    case KeeperMessage::kEmpty:
      if (!std::exchange(executor_exited_, true)) callbacks_.exited(W_EXITCODE(127, 0));
      callbacks_.emptied();
      return;
  }
}

}  // namespace mesos_executor::dev_agent
