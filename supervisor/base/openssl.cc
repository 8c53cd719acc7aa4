#include "supervisor/base/openssl.h"

#include <glog/logging.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <system_error>

#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

// Never asks at the terminal, which is what OpenSSL does by itself.
int NoPassphrase(char*, int, int, void*) { return -1; }

// Where a key is, is nobody's business: more people may read a log than may know.
std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void SslDeleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

SslContextPtr NewSslContext(const ssl_method_st* method) {
  CHECK_EQ(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr), 1);
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(method));
  CHECK(context != nullptr) << TakeOpenSslError();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context.get(), NoPassphrase);
  return context;
}

absl::Status UseCertificate(ssl_ctx_st* context, const std::string& certificate_file,
                            const std::string& key_file) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate file ", certificate_file, ": ", TakeOpenSslError()));
  }
  // The second call finds a key of another kind than the certificate's.
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("key file ", NameOf(key_file), ": ", TakeOpenSslError()));
  }
  return absl::OkStatus();
}

std::string TakeOpenSslError() {
  const auto error = ERR_get_error();  // The oldest is the cause, the others are its consequences.
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : absl::StrCat("OpenSSL's error ", absl::Hex(error));
}

}  // namespace mesos_executor
