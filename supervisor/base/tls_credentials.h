// How a client speaks TLS: whom it believes, and what it shows of itself.
#ifndef SUPERVISOR_BASE_TLS_CREDENTIALS_H_
#define SUPERVISOR_BASE_TLS_CREDENTIALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/openssl.h"

namespace mesos_executor {

// All files are PEM.
struct TlsSettings {
  // Who may have signed the server's certificate: a file, and a folder with names as `openssl
  // rehash` makes them. With neither, those that the system believes.
  std::string ca_file;
  std::string ca_dir;
  // For a server that asks for a certificate: ours, followed by those between it and the CA, and
  // its key, without a passphrase. Both or neither.
  std::string certificate_file;
  std::string key_file;
  // False: every server is believed, as with `curl -k`.
  bool verify_peer = true;
  // What the certificate must be for: a DNS name, which is also sent to the server (SNI, RFC 6066,
  // 3), or an IP address. Empty: the address that is connected to, which must be among the
  // certificate's subjectAltNames (RFC 2818, 3.1).
  std::string server_name;
};

// Settings that were found good, with what their files held: make another to read them again. TLS
// 1.2 and 1.3. Immutable, so that connections and threads can share it. Whoever makes none doesn't
// touch OpenSSL, nor pay for it.
class TlsCredentials {
 public:
  // Errors are InvalidArgument and say which file (a key by its name alone) is bad, and why.
  static absl::StatusOr<std::shared_ptr<TlsCredentials>> Create(const TlsSettings& settings);

  // For tls_stream.h: the client's side of one connection, before its handshake. Error:
  // InvalidArgument, where the server must be checked but has neither a name nor an address (a Unix
  // socket).
  absl::StatusOr<SslPtr> NewSession(const Endpoint& peer) const;

 private:
  TlsCredentials(SslContextPtr context, TlsSettings settings)
      : context_(std::move(context)), settings_(std::move(settings)) {}

  const SslContextPtr context_;
  const TlsSettings settings_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TLS_CREDENTIALS_H_
