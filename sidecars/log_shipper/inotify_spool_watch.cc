#include "sidecars/log_shipper/inotify_spool_watch.h"

#include <errno.h>
#include <glog/logging.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {

class InotifySpoolWatch::Handle final : public Pending {
 public:
  Handle(InotifySpoolWatch* owner, int64_t id) : owner_(owner), id_(id) {}
  ~Handle() override { owner_->Remove(id_); }

 private:
  InotifySpoolWatch* const owner_;
  const int64_t id_;
};

InotifySpoolWatch::InotifySpoolWatch(EventLoop* loop)
    : loop_(loop), inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_.valid()) {
    PLOG(WARNING) << "no inotify instance (fs.inotify.max_user_instances): spools are looked at "
                  << "each " << kPoll;
    return;
  }
  Listen();
}

InotifySpoolWatch::~InotifySpoolWatch() = default;

void InotifySpoolWatch::Listen() {
  listening_ = loop_->WatchReadable(inotify_.get(), [this] { OnEvents(); });
}

std::unique_ptr<Pending> InotifySpoolWatch::Watch(int fd, absl::AnyInvocable<void()> changed) {
  const int64_t id = next_id_++;
  Watched& watched = watched_[id];
  watched.fd = fd;
  watched.changed = std::make_shared<absl::AnyInvocable<void()>>(std::move(changed));
  if (inotify_.valid()) {
    const std::string path = absl::StrCat("/proc/self/fd/", fd);
    watched.watch = inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY);
    LOG_IF_EVERY_N(WARNING, watched.watch < 0, 100)
        << "a spool can't be watched (" << strerror(errno)
        << "; for want of watches see fs.inotify.max_user_watches): it is looked at each " << kPoll;
  }
  if (watched.watch >= 0) {
    by_watch_[watched.watch].insert(id);
  } else {
    polled_.insert(id);
    if (poll_ == nullptr) poll_ = loop_->After(kPoll, [this] { Poll(); });
  }
  return std::make_unique<Handle>(this, id);
}

void InotifySpoolWatch::Remove(int64_t id) {
  const auto found = watched_.find(id);
  const int watch = found->second.watch;
  watched_.erase(found);
  polled_.erase(id);
  if (polled_.empty()) poll_.reset();
  if (watch < 0) return;
  std::set<int64_t>& ids = by_watch_[watch];
  ids.erase(id);
  if (!ids.empty()) return;
  by_watch_.erase(watch);
  inotify_rm_watch(inotify_.get(), watch);
}

void InotifySpoolWatch::OnEvents() {
  std::set<int64_t> changed;
  alignas(inotify_event) char buffer[16 << 10];
  ssize_t size;
  while ((size = read(inotify_.get(), buffer, sizeof(buffer))) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [watch, ids] : by_watch_) changed.insert(ids.begin(), ids.end());
      } else if ((event->mask & IN_MODIFY) != 0) {
        const auto ids = by_watch_.find(event->wd);
        if (ids != by_watch_.end()) changed.insert(ids->second.begin(), ids->second.end());
      }
    }
  }
  listening_ = loop_->After(kPause, [this] { Listen(); });
  Call({changed.begin(), changed.end()});
}

void InotifySpoolWatch::Poll() {
  std::vector<int64_t> changed;
  for (const int64_t id : polled_) {
    Watched& watched = watched_[id];
    struct stat status;
    if (fstat(watched.fd, &status) != 0) continue;
    if (status.st_size == watched.size && status.st_mtim.tv_sec == watched.modified.tv_sec &&
        status.st_mtim.tv_nsec == watched.modified.tv_nsec) {
      continue;
    }
    watched.size = status.st_size;
    watched.modified = status.st_mtim;
    changed.push_back(id);
  }
  poll_ = loop_->After(kPoll, [this] { Poll(); });
  Call(changed);
}

void InotifySpoolWatch::Call(const std::vector<int64_t>& ids) {
  for (const int64_t id : ids) {
    // An earlier one may have ended it.
    const auto watched = watched_.find(id);
    if (watched == watched_.end()) continue;
    const auto changed = watched->second.changed;
    (*changed)();
  }
}

}  // namespace mesos_executor::log_shipper
