// http_service's answers.
#ifndef INTEGRATION_TESTTASKS_HTTP_SERVICE_SERVER_H_
#define INTEGRATION_TESTTASKS_HTTP_SERVICE_SERVER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>

#include "absl/status/status.h"

namespace mesos_executor::http_service {

// Serves on the thread that runs `io_context`, which must outlive it and is stopped by POST /quit.
// One request a connection.
class Server {
 public:
  explicit Server(boost::asio::io_context* io_context);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens on 127.0.0.1; port 0 takes a free one. Once.
  absl::Status Listen(uint16_t port);
  uint16_t port() const;

 private:
  void Accept();

  boost::asio::io_context* const io_context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  bool healthy_ = true;
};

}  // namespace mesos_executor::http_service

#endif  // INTEGRATION_TESTTASKS_HTTP_SERVICE_SERVER_H_
