// A file descriptor that closes itself.
#ifndef SUPERVISOR_BASE_UNIQUE_FD_H_
#define SUPERVISOR_BASE_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace mesos_executor {

// Owns one descriptor, or none (-1). Not thread-safe, like a plain int.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    UniqueFd(std::move(other)).Swap(*this);
    return *this;
  }
  ~UniqueFd() {
    // Linux frees the descriptor even when close() fails with EINTR (close(2)): never repeat it.
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }
  void Reset() { UniqueFd().Swap(*this); }
  void Swap(UniqueFd& other) { std::swap(fd_, other.fd_); }

 private:
  int fd_ = -1;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_UNIQUE_FD_H_
