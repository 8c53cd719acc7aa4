#include "sidecars/log_shipper/outputs/file_output.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/time/time.h"

namespace mesos_executor::log_shipper {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

// Calls back once, when `fd`, which stays the caller's, can be written to.
class WritableWatch final : public Pending {
 public:
  WritableWatch(AsioEventLoop* loop, int fd, absl::AnyInvocable<void()> callback)
      : watch_(std::make_shared<Watch>(
            Watch{stream_descriptor(loop->io_context()), std::move(callback)})) {
    error_code error;
    watch_->descriptor.assign(fd, error);
    CHECK(!error) << error.message();
    watch_->descriptor.async_wait(stream_descriptor::wait_write, [watch = watch_](error_code) {
      if (auto call = std::exchange(watch->callback, nullptr)) call();
    });
  }
  ~WritableWatch() override {
    watch_->callback = nullptr;
    watch_->descriptor.release();
  }

 private:
  struct Watch {
    stream_descriptor descriptor;
    absl::AnyInvocable<void()> callback;
  };
  const std::shared_ptr<Watch> watch_;
};

}  // namespace

FileOutput::FileOutput(AsioEventLoop* loop, std::string path, Listener* listener)
    : loop_(loop), path_(std::move(path)), listener_(listener) {
  WriteAfter(absl::ZeroDuration());
}

void FileOutput::WriteAfter(absl::Duration pause) {
  next_ = loop_->After(pause, [this] { Write(); });
}

void FileOutput::Send(std::string entries) {
  CHECK(ready_) << "Send without asking ready()";
  if (entries.empty()) return;
  waiting_bytes_ += entries.size();
  waiting_.push_back(std::move(entries));
  if (waiting_bytes_ >= kFull) ready_ = false;
  if (next_ == nullptr) WriteAfter(absl::ZeroDuration());
}

void FileOutput::Write() {
  next_.reset();
  if (!fd_.valid()) {
    fd_ = UniqueFd(open(path_.c_str(),
                        O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640));
    // A socket, or a pipe of another user.
    shared_ = !fd_.valid() && path_ == kStdout;
    if (shared_) fd_ = UniqueFd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd_.valid()) return Failed(errno);
  }
  while (!waiting_.empty()) {
    if (!WriteFirst()) return;
  }
  if (std::exchange(told_, false)) LOG(INFO) << "writing to " << path_ << " again";
  if (ready_) return;
  ready_ = true;
  listener_->OnReady();
}

bool FileOutput::WriteFirst() {
  const std::string& first = waiting_.front();
  while (position_ < first.size()) {
    const ssize_t count = WriteSome(absl::string_view(first).substr(position_));
    if (count < 0) {
      if (errno == EINTR) continue;
      Failed(errno);
      return false;
    }
    position_ += static_cast<size_t>(count);
    waiting_bytes_ -= static_cast<size_t>(count);
  }
  written_ += position_;
  position_ = 0;
  waiting_.pop_front();
  return true;
}

ssize_t FileOutput::WriteSome(absl::string_view bytes) {
  if (!shared_) return write(fd_.get(), bytes.data(), bytes.size());
  pollfd output = {.fd = fd_.get(), .events = POLLOUT, .revents = 0};
  if (poll(&output, 1, 0) != 1) {
    errno = EAGAIN;
    return -1;
  }
  return write(fd_.get(), bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
}

void FileOutput::Failed(int error) {
  if (error == EAGAIN) {
    next_ = std::make_unique<WritableWatch>(loop_, fd_.get(), [this] { Write(); });
    return;
  }
  // Once an outage, not once an attempt.
  if (!std::exchange(told_, true)) {
    LOG(WARNING) << "cannot write to " << path_ << ": " << strerror(error) << "; trying on";
  }
  ready_ = false;
  if (error == EPIPE) {
    // The reader has gone; the next one shall not begin within an entry.
    fd_.Reset();
    const size_t entry = WholeEntries();
    waiting_bytes_ += position_ - entry;
    position_ = entry;
  }
  WriteAfter(kPause);
}

size_t FileOutput::WholeEntries() const {
  return position_ == 0 ? 0 : waiting_.front().rfind('\n', position_ - 1) + 1;
}

}  // namespace mesos_executor::log_shipper
