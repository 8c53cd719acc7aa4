#include "supervisor/agent/scripted_agent.h"

#include <glog/logging.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::agent {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

std::string Chunk(const std::string& bytes) {
  return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
}

std::string AsRecord(const std::string& bytes) { return absl::StrCat(bytes.size(), "\n", bytes); }

}  // namespace

ScriptedAgent::ScriptedAgent(AsioEventLoop* loop)
    : acceptor_(loop->io_context(),
                Stream::endpoint(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0))) {
  Accept();
}

ScriptedAgent::ScriptedAgent(AsioEventLoop* loop, const std::string& path)
    : acceptor_(loop->io_context(),
                Stream::endpoint(asio::local::stream_protocol::endpoint(path))) {
  Accept();
}

uint16_t ScriptedAgent::port() const {
  const Stream::endpoint endpoint = acceptor_.local_endpoint();
  CHECK_EQ(endpoint.data()->sa_family, AF_INET);
  return ntohs(reinterpret_cast<const sockaddr_in*>(endpoint.data())->sin_port);
}

ScriptedAgent::~ScriptedAgent() { *destroyed_ = true; }

std::string ScriptedAgent::Answer(int code, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", code, " Answer\r\nContent-Length: ", body.size(), "\r\n\r\n",
                      body);
}

std::string ScriptedAgent::StreamHead() {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: "
         "application/x-protobuf\r\n\r\n";
}

void ScriptedAgent::PushChunk(const std::string& bytes) {
  CHECK(stream_ != nullptr) << "nobody is subscribed";
  Write(stream_, Chunk(bytes));
}

std::string ScriptedAgent::Bytes(const Event& event) {
  return Chunk(AsRecord(event.SerializePartialAsString()));
}

std::string ScriptedAgent::Record(const Event& event) const {
  const bool json = stream_ != nullptr && stream_->json;
  return AsRecord(json ? PrintMesosJson(event) : event.SerializePartialAsString());
}

void ScriptedAgent::Push(const Event& event) { PushChunk(Record(event)); }

void ScriptedAgent::Cut(const Event& event, size_t length) {
  Write(stream_, Bytes(event).substr(0, length));
  error_code ignored;
  stream_->socket.shutdown(Stream::socket::shutdown_both, ignored);
}

void ScriptedAgent::CloseCalls() {
  for (Connection& connection : connections_) {
    error_code ignored;
    if (&connection != stream_) connection.socket.shutdown(Stream::socket::shutdown_both, ignored);
  }
}

void ScriptedAgent::Accept() {
  acceptor_.async_accept([this, destroyed = destroyed_](error_code error, Stream::socket socket) {
    if (*destroyed || error) return;
    connections_.push_back({accepted_++, std::move(socket), {}, {}});
    Read(&connections_.back());
    Accept();
  });
}

void ScriptedAgent::Read(Connection* connection) {
  connection->socket.async_read_some(
      boost::asio::buffer(connection->input),
      [this, connection, destroyed = destroyed_](error_code error, size_t length) {
        if (*destroyed) return;
        if (error) {
          if (stream_ == connection) stream_ = nullptr;
          connections_.remove_if([&](const Connection& each) { return &each == connection; });
          return;
        }
        connection->received.append(connection->input.data(), length);
        Take(connection);
        Read(connection);
      });
}

void ScriptedAgent::Take(Connection* connection) {
  std::string& received = connection->received;
  const size_t end = received.find("\r\n\r\n");
  const size_t field = received.find("Content-Length: ");
  if (end == received.npos || field == received.npos) return;
  const size_t length = strtoul(received.c_str() + field + 16, nullptr, 10);
  if (received.size() < end + 4 + length) return;
  Request request{received.substr(0, end + 4), {}, connection->number};
  const std::string body = received.substr(end + 4, length);
  connection->json = absl::StrContains(request.head, "Content-Type: application/json\r\n");
  CHECK(connection->json ? ParseMesosJson(body, &request.call).ok()
                         : request.call.ParseFromString(body));
  received.erase(0, end + 4 + length);
  requests_.push_back(request);
  Serve(connection, request);
}

void ScriptedAgent::Serve(Connection* connection, const Request& request) {
  const std::string own = answer ? answer(request) : "default";
  if (own != "default") return Write(connection, own);
  if (request.call.type() == Call::SUBSCRIBE) {
    stream_ = connection;
    Write(connection, StreamHead());
    Event subscribed;
    subscribed.set_type(Event::SUBSCRIBED);
    subscribed.mutable_subscribed()->mutable_executor_info()->mutable_executor_id()->set_value(
        "executor");
    subscribed.mutable_subscribed()->mutable_framework_info()->set_user("root");
    subscribed.mutable_subscribed()->mutable_framework_info()->set_name("framework");
    subscribed.mutable_subscribed()->mutable_agent_info()->set_hostname("agent");
    return Push(subscribed);
  }
  Write(connection, Answer(202, ""));
  if (!request.call.has_update()) return;
  Event acknowledged;
  acknowledged.set_type(Event::ACKNOWLEDGED);
  *acknowledged.mutable_acknowledged()->mutable_task_id() =
      request.call.update().status().task_id();
  acknowledged.mutable_acknowledged()->set_uuid(request.call.update().status().uuid());
  Push(acknowledged);
}

void ScriptedAgent::Write(Connection* connection, const std::string& bytes) {
  // Small enough for the socket's buffer. The peer may have gone.
  error_code ignored;
  boost::asio::write(connection->socket, boost::asio::buffer(bytes), ignored);
}

}  // namespace mesos_executor::agent
