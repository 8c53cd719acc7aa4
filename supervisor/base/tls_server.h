// How a server speaks TLS: for the development agent and for tests. Nothing that we ship serves
// TLS.
#ifndef SUPERVISOR_BASE_TLS_SERVER_H_
#define SUPERVISOR_BASE_TLS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/base/openssl.h"

namespace mesos_executor {

// PEM files.
struct TlsServerSettings {
  // The server's own, with those between it and the CA, and its key.
  std::string certificate_file;
  std::string key_file;
  // Each client must show a certificate that one of these has signed. Empty: none is asked for.
  std::string client_ca_file;
};

// The server's side of what TlsCredentials is for clients. A server gives each socket that it
// accepted to StartTls (tls_stream.h), with NewSession(); or it stays plain and has a TlsFront
// before it (tls_front.h).
class TlsServer {
 public:
  // Errors are InvalidArgument and say which file is bad, and why.
  static absl::StatusOr<std::unique_ptr<TlsServer>> Create(const TlsServerSettings& settings);

  SslPtr NewSession() const;

 private:
  explicit TlsServer(SslContextPtr context) : context_(std::move(context)) {}

  const SslContextPtr context_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TLS_SERVER_H_
