// The sink as a test or a benchmark sees it: a process that can be asked, killed and started again.
#ifndef INTEGRATION_RECEIVER_SINK_H_
#define INTEGRATION_RECEIVER_SINK_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "integration/receiver/tally.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::receiver {

// Killed when destroyed. All methods wait for the process, at most a minute.
class Sink {
 public:
  struct Options {
    // Of the program //integration/receiver:sink.
    std::string program;
    bool udp = false;
    // Tells numbered lines apart.
    bool numbers = false;
    // Where lines go; empty: nowhere. With it, a sink that was killed goes on counting.
    std::string file;
  };

  // Listens on a free port of 127.0.0.1 when it returns.
  static absl::StatusOr<std::unique_ptr<Sink>> Start(Options options);
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink();

  uint16_t port() const { return port_; }
  // What it has received so far.
  absl::StatusOr<Counts> Ask();

  // SIGKILL: what it hadn't read is lost, and its port refuses.
  void Kill();
  // On the same port.
  absl::Status StartAgain();
  pid_t pid() const { return pid_; }

 private:
  explicit Sink(Options options) : options_(std::move(options)) {}

  absl::StatusOr<std::string> ReadLine();

  const Options options_;
  // Keeps others from taking a TCP port while nobody listens.
  UniqueFd reserved_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
  UniqueFd to_;
  UniqueFd from_;
  std::string unread_;
};

}  // namespace mesos_executor::receiver

#endif  // INTEGRATION_RECEIVER_SINK_H_
