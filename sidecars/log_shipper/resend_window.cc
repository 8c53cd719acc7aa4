#include "sidecars/log_shipper/resend_window.h"

#include <glog/logging.h>

namespace mesos_executor::log_shipper {

void ResendWindow::Sent(uint64_t end, uint64_t position) {
  CHECK_GE(end, end_);
  end_ = end;
  checkpoints_.push_back({.end = end, .position = position});
}

void ResendWindow::Skip(uint64_t end) {
  CHECK_GE(end, end_);
  end_ = end;
  if (checkpoints_.empty()) {
    base_ = written_ = end;
  } else {
    checkpoints_.back().end = end;
  }
}

void ResendWindow::Advance(uint64_t written, bool resends, absl::Time now) {
  for (Checkpoint& checkpoint : checkpoints_) {
    if (checkpoint.position > written) break;
    if (checkpoint.written_at == absl::InfiniteFuture()) checkpoint.written_at = now;
    written_ = checkpoint.end;
  }
  while (!checkpoints_.empty()) {
    const Checkpoint& oldest = checkpoints_.front();
    const bool done =
        oldest.position <= written &&
        (!resends || written - oldest.position >= kBytes || now - oldest.written_at >= kTime);
    if (!done) break;
    base_ = oldest.end;
    checkpoints_.pop_front();
  }
}

void ResendWindow::Break() {
  checkpoints_.clear();
  end_ = written_ = base_;
}

}  // namespace mesos_executor::log_shipper
