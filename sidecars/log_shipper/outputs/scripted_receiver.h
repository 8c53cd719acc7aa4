// For tests: a receiver on real sockets, on the test's own loop.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_SCRIPTED_RECEIVER_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_SCRIPTED_RECEIVER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sidecars/log_shipper/outputs/receiver.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// Listens on 127.0.0.1 and a port that stays ours until destruction.
class ScriptedReceiver {
 public:
  explicit ScriptedReceiver(EventLoop* loop);

  Receiver receiver() const { return {"127.0.0.1", port_}; }
  Endpoint endpoint() const { return TcpEndpoint{"127.0.0.1", port_}; }

  // All bytes so far, of all connections.
  const std::string& received() const { return received_; }
  int accepted() const { return accepted_; }
  size_t open() const { return connections_.size(); }

  // Reads nothing more, also of connections to come, until Resume().
  void Pause();
  void Resume();
  // Says something to everybody.
  void Say(const std::string& text);
  // Ends all connections.
  void Drop();
  // Nobody is accepted any more, and who tries is refused, until Listen().
  void Refuse();
  void Listen();

 private:
  struct Connection {
    UniqueFd fd;
    std::unique_ptr<Pending> watch;
  };

  void Accept();
  void Watch(Connection* connection);
  void Read(int fd);

  EventLoop* const loop_;
  // Bound, so that nobody else gets the port, but never listening.
  UniqueFd reserved_;
  uint16_t port_ = 0;
  UniqueFd listener_;
  std::unique_ptr<Pending> accept_;
  std::map<int, Connection> connections_;
  bool paused_ = false;
  std::string received_;
  int accepted_ = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_SCRIPTED_RECEIVER_H_
