// Debian's rsyslog as a stand-in for Logstash's tcp and udp inputs with json_lines.
#ifndef INTEGRATION_RECEIVER_RSYSLOG_H_
#define INTEGRATION_RECEIVER_RSYSLOG_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "integration/receiver/reserved_port.h"

namespace mesos_executor::receiver {

// Runs rsyslogd in the foreground with a configuration and a folder of its own: one JSON object a
// line over TCP, one a datagram over UDP; nothing is queued, so that what was read is in a file.
// Killed when destroyed. Methods wait for the process, at most a minute.
class Rsyslog {
 public:
  // Whether it is installed.
  static bool Available();

  // Listens on 127.0.0.1 when it returns.
  static absl::StatusOr<std::unique_ptr<Rsyslog>> Start();
  Rsyslog(const Rsyslog&) = delete;
  Rsyslog& operator=(const Rsyslog&) = delete;
  ~Rsyslog();

  // Of both TCP and UDP.
  uint16_t port() const { return port_.number; }

  // Lines that were JSON, as they came, and those that weren't.
  std::string entries_file() const { return folder_ + "/entries"; }
  std::string invalid_file() const { return folder_ + "/invalid"; }

  // SIGKILL: what it hadn't read is lost.
  void Kill();
  // On the same port, appending to the same files.
  absl::Status StartAgain();
  pid_t pid() const { return pid_; }

 private:
  Rsyslog() = default;

  absl::Status Prepare();
  absl::Status AwaitListening();
  // The process has ended by itself.
  bool HasEnded();
  std::string Log() const;

  std::string folder_;
  ReservedPort port_;
  pid_t pid_ = -1;
};

}  // namespace mesos_executor::receiver

#endif  // INTEGRATION_RECEIVER_RSYSLOG_H_
