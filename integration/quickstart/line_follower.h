// Follows a file that someone else appends to, line by line.
#ifndef INTEGRATION_QUICKSTART_LINE_FOLLOWER_H_
#define INTEGRATION_QUICKSTART_LINE_FOLLOWER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::quickstart {

// Woken by inotify(7), never by a clock. Lives on the loop's thread.
class LineFollower {
 public:
  using OnLine = absl::AnyInvocable<void(absl::string_view line)>;

  // The file need not exist yet; its folder must. `on_line` gets each whole line, without its
  // newline, from the loop or from CatchUp; it may not destroy the follower. Lines over 64 KiB are
  // skipped. Errors: the system's, with the path.
  static absl::StatusOr<std::unique_ptr<LineFollower>> Follow(EventLoop* loop,
                                                              const std::string& folder,
                                                              const std::string& file,
                                                              OnLine on_line);

  // Reads what is there now.
  void CatchUp();

 private:
  LineFollower(std::string path, UniqueFd notify, OnLine on_line)
      : path_(std::move(path)), notify_(std::move(notify)), on_line_(std::move(on_line)) {}

  void OnNotified();
  void Take(absl::string_view bytes);

  const std::string path_;
  const UniqueFd notify_;
  OnLine on_line_;
  UniqueFd file_;
  std::string line_;
  bool too_long_ = false;
  std::unique_ptr<Pending> watch_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_LINE_FOLLOWER_H_
