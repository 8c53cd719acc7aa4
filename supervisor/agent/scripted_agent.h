// The agent's half of the executor API for tests: real sockets, on the test's own loop, answers by
// the test.
#ifndef SUPERVISOR_AGENT_SCRIPTED_AGENT_H_
#define SUPERVISOR_AGENT_SCRIPTED_AGENT_H_

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::agent {

// Answers SUBSCRIBE with a stream and SUBSCRIBED, UPDATE with 202 and ACKNOWLEDGED, and other calls
// with 202, unless told otherwise. Events come in the encoding of the SUBSCRIBE.
class ScriptedAgent {
 public:
  struct Request {
    std::string head;
    mesos::v1::executor::Call call;
    int connection = 0;
  };

  // On a free port of loopback.
  explicit ScriptedAgent(AsioEventLoop* loop);
  // On a Unix socket.
  ScriptedAgent(AsioEventLoop* loop, const std::string& path);
  ~ScriptedAgent();

  uint16_t port() const;
  const std::vector<Request>& requests() const { return requests_; }
  int accepted() const { return accepted_; }

  // Gives the bytes to answer a request with instead; "" for no answer, "default" for the usual
  // one.
  std::function<std::string(const Request&)> answer;

  // An event on the newest stream: the whole, or its first bytes, followed by the end of the
  // connection.
  void Push(const mesos::v1::executor::Event& event);
  void Cut(const mesos::v1::executor::Event& event, size_t length);
  // Anything on the newest stream, as one chunk.
  void PushChunk(const std::string& bytes);
  // Closes all connections but the newest stream.
  void CloseCalls();

  // What Push sends: one chunk.
  static std::string Bytes(const mesos::v1::executor::Event& event);
  static std::string Answer(int code, const std::string& body);
  static std::string StreamHead();

 private:
  using Stream = boost::asio::generic::stream_protocol;

  struct Connection {
    int number;
    Stream::socket socket;
    std::array<char, 4096> input;
    std::string received;
    bool json = false;
  };

  void Accept();
  void Read(Connection* connection);
  void Take(Connection* connection);
  void Serve(Connection* connection, const Request& request);
  void Write(Connection* connection, const std::string& bytes);

  std::string Record(const mesos::v1::executor::Event& event) const;

  boost::asio::basic_socket_acceptor<Stream> acceptor_;
  std::list<Connection> connections_;
  Connection* stream_ = nullptr;
  std::vector<Request> requests_;
  int accepted_ = 0;
  const std::shared_ptr<bool> destroyed_ = std::make_shared<bool>(false);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_SCRIPTED_AGENT_H_
