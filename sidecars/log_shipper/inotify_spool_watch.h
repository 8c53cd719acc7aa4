// Watches spools by one inotify instance (inotify(7)).
#ifndef SIDECARS_LOG_SHIPPER_INOTIFY_SPOOL_WATCH_H_
#define SIDECARS_LOG_SHIPPER_INOTIFY_SPOOL_WATCH_H_

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sidecars/log_shipper/spool_watch.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// However fast tasks write, the loop is woken at most each kPause. What the kernel can't watch, for
// want of instances or watches or of the right to read another user's file, is looked at each
// kPoll.
class InotifySpoolWatch final : public SpoolWatch {
 public:
  static constexpr absl::Duration kPause = absl::Milliseconds(20);
  static constexpr absl::Duration kPoll = absl::Milliseconds(200);

  explicit InotifySpoolWatch(EventLoop* loop);
  ~InotifySpoolWatch() override;

  std::unique_ptr<Pending> Watch(int fd, absl::AnyInvocable<void()> changed) override;

 private:
  class Handle;
  struct Watched {
    int fd = -1;
    // -1: looked at.
    int watch = -1;
    struct timespec modified = {};
    off_t size = 0;
    // Shared, as it may end its own watch.
    std::shared_ptr<absl::AnyInvocable<void()>> changed;
  };

  void Listen();
  void OnEvents();
  void Poll();
  void Call(const std::vector<int64_t>& ids);
  void Remove(int64_t id);

  EventLoop* const loop_;
  const UniqueFd inotify_;
  int64_t next_id_ = 0;
  std::map<int64_t, Watched> watched_;
  // By the kernel's watch: one of a file, however often it is watched.
  std::map<int, std::set<int64_t>> by_watch_;
  std::set<int64_t> polled_;
  // The watch of `inotify_`, or the pause.
  std::unique_ptr<Pending> listening_;
  std::unique_ptr<Pending> poll_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_INOTIFY_SPOOL_WATCH_H_
