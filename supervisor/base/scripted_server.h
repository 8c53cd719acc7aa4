// A server for tests of HTTP clients: real sockets, answers by a function of the test.
#ifndef SUPERVISOR_BASE_SCRIPTED_SERVER_H_
#define SUPERVISOR_BASE_SCRIPTED_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor {

// Serves on the test's own loop, until destroyed. Every answer is sent as it is and must fit into a
// socket's buffer (say, 64 KiB).
class ScriptedServer {
 public:
  // Gets a whole request, gives the bytes of the answer ("" just closes); nullopt never answers and
  // keeps the connection.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;

  // `where` is "127.0.0.1" or "::1", a free port being chosen, or the path of a Unix socket.
  ScriptedServer(EventLoop* loop, const std::string& where, Answer answer);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // False if the address doesn't exist on this machine (::1 in some containers).
  bool listening() const { return listener_.valid(); }
  const Endpoint& endpoint() const { return endpoint_; }
  uint16_t port() const { return std::get<TcpEndpoint>(endpoint_).port; }
  const std::vector<std::string>& requests() const { return requests_; }

  // Connections accepted so far, and those of them that are open.
  int accepted() const { return accepted_; }
  size_t open() const { return connections_.size(); }

  // Keeps connections open after their answer, so that only what was sent can end it.
  void KeepOpen() { keep_open_ = true; }

  // Sends an answer's bytes one at a time, so that the client can read each before the next.
  void SendByteByByte() { byte_by_byte_ = true; }

 private:
  struct Connection {
    UniqueFd fd;
    std::string received;
    std::unique_ptr<Pending> watch;
    std::string unsent;
    std::unique_ptr<Pending> sending;
  };

  void Accept();
  void Receive(int fd);
  void Send(int fd);

  EventLoop* const loop_;
  const Answer answer_;
  Endpoint endpoint_;
  UniqueFd listener_;
  std::unique_ptr<Pending> watch_;
  std::map<int, Connection> connections_;
  std::vector<std::string> requests_;
  int accepted_ = 0;
  bool keep_open_ = false;
  bool byte_by_byte_ = false;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_SCRIPTED_SERVER_H_
