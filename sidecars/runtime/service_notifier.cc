#include "sidecars/runtime/service_notifier.h"

#include <errno.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

// sd_watchdog_enabled(3): zero where there is no watchdog, or it is another process's.
absl::Duration WatchdogTime(const Environment& environment, pid_t pid) {
  int64_t microseconds;
  if (!absl::SimpleAtoi(environment.Get("WATCHDOG_USEC").value_or(""), &microseconds) ||
      microseconds <= 0) {
    return absl::ZeroDuration();
  }
  pid_t meant = pid;
  if (const auto text = environment.Get("WATCHDOG_PID")) {
    if (!absl::SimpleAtoi(*text, &meant)) return absl::ZeroDuration();
  }
  return meant == pid ? absl::Microseconds(microseconds) : absl::ZeroDuration();
}

}  // namespace

ServiceNotifier::ServiceNotifier(EventLoop* loop, const Environment& environment, pid_t pid)
    : loop_(*loop),
      address_(environment.Get("NOTIFY_SOCKET").value_or("")),
      watchdog_(WatchdogTime(environment, pid)) {
  if (address_.empty()) return;
  if ((address_[0] != '/' && address_[0] != '@') ||
      address_.size() >= sizeof(sockaddr_un::sun_path)) {
    LOG(WARNING) << "NOTIFY_SOCKET is neither a path nor an abstract name: nobody is told how this "
                    "process is";
    return;
  }
  socket_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void ServiceNotifier::Ready(absl::string_view status) {
  Send(absl::StrCat("READY=1\nSTATUS=", status));
  if (socket_.valid() && watchdog_ > absl::ZeroDuration()) FeedWatchdog();
}

void ServiceNotifier::Status(absl::string_view status) { Send(absl::StrCat("STATUS=", status)); }

void ServiceNotifier::Stopping() {
  timer_.reset();
  Send("STOPPING=1");
}

void ServiceNotifier::FeedWatchdog() {
  Send("WATCHDOG=1");
  timer_ = loop_.After(watchdog_ / 2, [this] { FeedWatchdog(); });
}

void ServiceNotifier::Send(const std::string& message) {
  if (!socket_.valid()) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  // An abstract name starts with a zero byte and ends with the address (unix(7)).
  if (address_[0] == '@') address.sun_path[0] = '\0';
  const socklen_t size = offsetof(sockaddr_un, sun_path) + address_.size();
  if (sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    LOG_FIRST_N(WARNING, 10) << "telling systemd how this process is, at " << address_ << ": "
                             << std::strerror(errno);
  }
}

}  // namespace mesos_executor::sidecar
