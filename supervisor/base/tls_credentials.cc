#include "supervisor/base/tls_credentials.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

// Where distributions keep the authorities that they believe.
constexpr const char* kSystemCaFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",    // Red Hat
    "/etc/ssl/ca-bundle.pem",              // SUSE
    "/etc/ssl/cert.pem",                   // Alpine without the bundle
};

absl::Status Bad(absl::string_view what, absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(what, " ", name, ": ", why));
}

std::string SystemError() { return std::generic_category().message(errno); }

absl::Status BelieveSystem(SSL_CTX* context) {
  for (const char* file : kSystemCaFiles) {
    if (access(file, R_OK) != 0) continue;
    if (SSL_CTX_load_verify_file(context, file) == 1) return absl::OkStatus();
    return Bad("the system's CA file", file, TakeOpenSslError());
  }
  return absl::InvalidArgumentError(
      "no CA file is set, and the system has none: nobody can be believed");
}

absl::Status Believe(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.ca_file.empty() && settings.ca_dir.empty()) return BelieveSystem(context);
  if (!settings.ca_file.empty() &&
      SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1) {
    return Bad("CA file", settings.ca_file, TakeOpenSslError());
  }
  if (settings.ca_dir.empty()) return absl::OkStatus();
  // OpenSSL looks into the folder at each handshake only, and then doesn't tell.
  const UniqueFd folder(open(settings.ca_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return Bad("CA folder", settings.ca_dir, SystemError());
  if (SSL_CTX_load_verify_dir(context, settings.ca_dir.c_str()) != 1) {
    return Bad("CA folder", settings.ca_dir, TakeOpenSslError());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<TlsCredentials>> TlsCredentials::Create(
    const TlsSettings& settings) {
  if (settings.certificate_file.empty() != settings.key_file.empty()) {
    return absl::InvalidArgumentError(
        "a certificate and its key belong together: one of the two files isn't set");
  }
  SslContextPtr context = NewSslContext(TLS_client_method());
  if (settings.verify_peer) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (absl::Status status = Believe(context.get(), settings); !status.ok()) return status;
  }
  if (!settings.certificate_file.empty()) {
    absl::Status used = UseCertificate(context.get(), settings.certificate_file, settings.key_file);
    if (!used.ok()) return used;
  }
  return absl::WrapUnique(new TlsCredentials(std::move(context), settings));
}

absl::StatusOr<SslPtr> TlsCredentials::NewSession(const Endpoint& peer) const {
  const auto* const tcp = std::get_if<TcpEndpoint>(&peer);
  const std::string& wanted =
      settings_.server_name.empty() && tcp != nullptr ? tcp->address : settings_.server_name;
  if (wanted.empty() && settings_.verify_peer) {
    return absl::InvalidArgumentError(
        "TLS over a Unix socket needs the server's name, to compare its certificate with");
  }
  const bool is_address = AddressFamily(wanted) != AF_UNSPEC;
  SslPtr ssl(SSL_new(context_.get()));
  CHECK(ssl != nullptr) << TakeOpenSslError();
  SSL_set_connect_state(ssl.get());
  if (!wanted.empty() && !is_address && SSL_set_tlsext_host_name(ssl.get(), wanted.c_str()) != 1) {
    return Bad("the server's name", wanted, TakeOpenSslError());
  }
  if (!settings_.verify_peer) return ssl;
  X509_VERIFY_PARAM* const check = SSL_get0_param(ssl.get());
  // As in RFC 6125, 6.4: subjectAltName alone counts, and "f*.example" stands for nothing.
  X509_VERIFY_PARAM_set_hostflags(
      check, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(check, wanted.c_str())
                             : X509_VERIFY_PARAM_set1_host(check, wanted.data(), wanted.size());
  if (set != 1) return Bad("the server's name", wanted, TakeOpenSslError());
  return ssl;
}

}  // namespace mesos_executor
