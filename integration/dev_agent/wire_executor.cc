#include "integration/dev_agent/wire_executor.h"

#include <arpa/inet.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {

WireConnection::WireConnection(uint16_t port)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Connect(&address, sizeof address);
}

WireConnection::WireConnection(const std::string& path)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  CHECK_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  Connect(&address, sizeof address);
}

void WireConnection::Connect(const void* address, unsigned length) {
  const timeval patience = {60, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(socket_.get(), static_cast<const sockaddr*>(address), length) != 0) {
    socket_.Reset();
  }
}

void WireConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(sent);
  }
}

bool WireConnection::ReadMore() {
  char bytes[4096];
  const ssize_t size = recv(socket_.get(), bytes, sizeof bytes, 0);
  if (size > 0) buffer_.append(bytes, size);
  return size > 0;
}

std::string WireConnection::ReadThrough(absl::string_view end) {
  size_t found;
  while ((found = buffer_.find(std::string(end))) == std::string::npos) {
    if (!ReadMore()) return std::exchange(buffer_, "");
  }
  return ReadBytes(found + end.size());
}

std::string WireConnection::ReadBytes(size_t count) {
  while (buffer_.size() < count && ReadMore()) {
  }
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string CallRequest(const mesos::v1::executor::Call& call, const CallStyle& style) {
  const std::string body =
      style.type == MediaType::kJson ? PrintMesosJson(call) : call.SerializeAsString();
  return absl::StrCat("POST ", style.path,
                      " HTTP/1.1\r\nHost: agent\r\nContent-Type: ", MediaTypeName(style.type),
                      "\r\nAccept: ", MediaTypeName(style.type),
                      style.token.empty() ? "" : "\r\nAuthorization: Bearer ", style.token,
                      "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

std::string ReadResponseBytes(WireConnection& connection) {
  std::string bytes = connection.ReadThrough("\r\n\r\n");
  for (absl::string_view line : absl::StrSplit(bytes, "\r\n")) {
    size_t length = 0;
    if (!absl::ConsumePrefix(&line, "Content-Length: ")) continue;
    CHECK(absl::SimpleAtoi(line, &length)) << bytes;
    return bytes + connection.ReadBytes(length);
  }
  return bytes;
}

WireResponse ReadResponse(WireConnection& connection) {
  WireResponse response;
  const std::string head = connection.ReadThrough("\r\n\r\n");
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    size_t length = 0;
    if (absl::ConsumePrefix(&line, "HTTP/1.1 ")) {
      CHECK(absl::SimpleAtoi(line.substr(0, 3), &response.code)) << head;
    } else if (absl::ConsumePrefix(&line, "Content-Length: ")) {
      CHECK(absl::SimpleAtoi(line, &length)) << head;
      response.body = connection.ReadBytes(length);
    }
  }
  return response;
}

WireStream::WireStream(uint16_t port, const mesos::v1::executor::Call& subscribe, MediaType type)
    : type_(type), connection_(port) {
  connection_.Send(CallRequest(subscribe, type));
  head_ = connection_.ReadThrough("\r\n\r\n");
}

std::string WireStream::NextChunk() {
  const std::string size_line = connection_.ReadThrough("\r\n");
  size_t size = 0;
  if (!absl::SimpleHexAtoi(absl::StripSuffix(size_line, "\r\n"), &size) || size == 0) {
    ended_properly_ = size_line == "0\r\n";
    return "";
  }
  return size_line + connection_.ReadBytes(size + 2);
}

std::optional<mesos::v1::executor::Event> WireStream::Next() {
  const std::string chunk = NextChunk();
  if (chunk.empty()) return std::nullopt;
  const size_t begin = chunk.find("\r\n") + 2;
  // One event is one record is one chunk.
  const size_t line_end = chunk.find('\n', begin);
  CHECK(line_end != std::string::npos) << chunk;
  const std::string record = chunk.substr(line_end + 1, chunk.size() - line_end - 3);
  CHECK_EQ(absl::StrCat(record.size()), chunk.substr(begin, line_end - begin));
  mesos::v1::executor::Event event;
  CHECK(type_ == MediaType::kJson ? ParseMesosJson(record, &event).ok()
                                  : event.ParseFromString(record))
      << record;
  return event;
}

}  // namespace mesos_executor::dev_agent
