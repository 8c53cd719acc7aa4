// What both sides of TLS need of OpenSSL.
#ifndef SUPERVISOR_BASE_OPENSSL_H_
#define SUPERVISOR_BASE_OPENSSL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"

// OpenSSL's SSL, SSL_CTX and SSL_METHOD.
struct ssl_st;
struct ssl_ctx_st;
struct ssl_method_st;

namespace mesos_executor {

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
  void operator()(ssl_ctx_st* context) const;
};
// One side of one connection.
using SslPtr = std::unique_ptr<ssl_st, SslDeleter>;
// What connections have in common.
using SslContextPtr = std::unique_ptr<ssl_ctx_st, SslDeleter>;

// TLS 1.2 and 1.3, no renegotiation, no buffers for idle connections. Doesn't read openssl.cnf,
// which could name modules that a static program can't load.
SslContextPtr NewSslContext(const ssl_method_st* method);

// What this side shows of itself: PEM files of its certificate, followed by those between it and
// the CA, and of its key, without a passphrase. InvalidArgument says which of them (the key by its
// name alone) is bad, and why.
absl::Status UseCertificate(ssl_ctx_st* context, const std::string& certificate_file,
                            const std::string& key_file);

// Why OpenSSL's last call on this thread failed; never empty. Takes it out of the thread's queue of
// errors.
std::string TakeOpenSslError();

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_OPENSSL_H_
