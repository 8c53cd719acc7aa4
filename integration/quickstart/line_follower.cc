#include "integration/quickstart/line_follower.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::quickstart {
namespace {

constexpr size_t kMaxLine = 64 << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<LineFollower>> LineFollower::Follow(EventLoop* loop,
                                                                   const std::string& folder,
                                                                   const std::string& file,
                                                                   OnLine on_line) {
  UniqueFd notify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  // The folder's watch tells of the file's creation and of each write to it.
  if (!notify.valid() ||
      inotify_add_watch(notify.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_MODIFY) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot watch ", folder));
  }
  std::unique_ptr<LineFollower> follower(
      new LineFollower(absl::StrCat(folder, "/", file), std::move(notify), std::move(on_line)));
  follower->watch_ =
      loop->WatchReadable(follower->notify_.get(), [raw = follower.get()] { raw->OnNotified(); });
  return follower;
}

void LineFollower::OnNotified() {
  // Which of the folder's files it was makes no difference: reading at the end of one costs
  // nothing.
  char events[4096];
  while (read(notify_.get(), events, sizeof events) > 0) {
  }
  CatchUp();
}

void LineFollower::CatchUp() {
  if (!file_.valid()) file_ = UniqueFd(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file_.valid()) return;
  char bytes[16 << 10];
  for (ssize_t size; (size = read(file_.get(), bytes, sizeof bytes)) > 0;) {
    Take(absl::string_view(bytes, static_cast<size_t>(size)));
  }
}

void LineFollower::Take(absl::string_view bytes) {
  for (size_t end; (end = bytes.find('\n')) != absl::string_view::npos;) {
    line_.append(bytes.data(), end);
    if (!std::exchange(too_long_, false) && line_.size() <= kMaxLine) on_line_(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
  line_.append(bytes.data(), bytes.size());
  if (line_.size() > kMaxLine) {
    too_long_ = true;
    line_.clear();
  }
}

}  // namespace mesos_executor::quickstart
