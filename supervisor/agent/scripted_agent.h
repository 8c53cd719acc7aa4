// The agent's half of the executor API for tests: real sockets, on the test's own loop, answers by
// the test.
#ifndef SUPERVISOR_AGENT_SCRIPTED_AGENT_H_
#define SUPERVISOR_AGENT_SCRIPTED_AGENT_H_

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::agent {

// Answers SUBSCRIBE with a stream and SUBSCRIBED, and UPDATE with 202 and ACKNOWLEDGED, unless told
// otherwise.
class ScriptedAgent {
 public:
  struct Request {
    std::string head;
    mesos::v1::executor::Call call;
    int connection = 0;
  };

  explicit ScriptedAgent(AsioEventLoop* loop);
  ~ScriptedAgent();

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
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
  struct Connection {
    int number;
    boost::asio::ip::tcp::socket socket;
    std::array<char, 4096> input;
    std::string received;
  };

  void Accept();
  void Read(Connection* connection);
  void Take(Connection* connection);
  void Serve(Connection* connection, const Request& request);
  void Write(Connection* connection, const std::string& bytes);

  boost::asio::ip::tcp::acceptor acceptor_;
  std::list<Connection> connections_;
  Connection* stream_ = nullptr;
  std::vector<Request> requests_;
  int accepted_ = 0;
  const std::shared_ptr<bool> destroyed_ = std::make_shared<bool>(false);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_SCRIPTED_AGENT_H_
