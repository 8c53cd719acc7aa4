// A real Consul agent of one's own: in development mode, on loopback, on free ports.
#ifndef INTEGRATION_FAKE_CONSUL_REAL_CONSUL_H_
#define INTEGRATION_FAKE_CONSUL_REAL_CONSUL_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::fake_consul {

// $CONSUL_BIN, or "" where that isn't set: tests then skip, saying so.
std::string ConsulBinary();

// Its process ends with the thread that started it. All calls block.
class RealConsul {
 public:
  struct Options {
    // A UUID: this token may do anything and everybody else nothing. Empty: no ACLs.
    std::string token;
    // The agent serves https, too, to clients with a certificate that one of these has signed.
    // Empty: no TLS.
    std::string certificate_file;
    std::string key_file;
    std::string ca_file;
  };

  // Returns once the agent answers and lists itself.
  static absl::StatusOr<std::unique_ptr<RealConsul>> Start(const std::string& binary,
                                                           Options options = {});
  // Kills it and removes its folder.
  ~RealConsul();
  RealConsul(const RealConsul&) = delete;
  RealConsul& operator=(const RealConsul&) = delete;

  // Plain HTTP, TLS or not.
  uint16_t port() const { return ports_[0].number; }
  uint16_t https_port() const { return ports_[3].number; }
  // Plain HTTP on a Unix socket.
  std::string socket() const { return folder_ + "/http.sock"; }
  // As CONSUL_HTTP_ADDR has it: "127.0.0.1:port".
  std::string address() const;

  // Kills it: nobody listens any more. The ports stay ours.
  void Stop();
  // Starts it again on the same ports, with an empty catalogue.
  absl::Status StartEmpty();
  // It accepts connections and never answers (SIGSTOP), until it goes on where it stopped.
  void Freeze();
  void Thaw();

 private:
  // Bound, never listening: as long as it is, nobody else is given the port.
  struct Port {
    UniqueFd reserved;
    uint16_t number = 0;
  };

  RealConsul(std::string binary, Options options);
  absl::Status Prepare();
  absl::Status Spawn();
  absl::Status AwaitReady();
  static absl::StatusOr<Port> ReservePort();

  const std::string binary_;
  const Options options_;
  std::string folder_;
  // HTTP, Serf, RPC, HTTPS.
  std::vector<Port> ports_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

}  // namespace mesos_executor::fake_consul

#endif  // INTEGRATION_FAKE_CONSUL_REAL_CONSUL_H_
