#include "supervisor/base/tls_server.h"

#include <glog/logging.h>
#include <openssl/ssl.h>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Create(const TlsServerSettings& settings) {
  SslContextPtr context = NewSslContext(TLS_server_method());
  absl::Status used = UseCertificate(context.get(), settings.certificate_file, settings.key_file);
  if (!used.ok()) return used;
  if (!settings.client_ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context.get(), settings.client_ca_file.c_str()) != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("CA file ", settings.client_ca_file, ": ", TakeOpenSslError()));
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return absl::WrapUnique(new TlsServer(std::move(context)));
}

SslPtr TlsServer::NewSession() const {
  SslPtr ssl(SSL_new(context_.get()));
  CHECK(ssl != nullptr) << TakeOpenSslError();
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace mesos_executor
