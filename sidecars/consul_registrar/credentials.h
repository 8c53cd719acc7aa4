// What lets us in to Consul: the token and the TLS files, as they are now.
#ifndef SIDECARS_CONSUL_REGISTRAR_CREDENTIALS_H_
#define SIDECARS_CONSUL_REGISTRAR_CREDENTIALS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::consul {

// Secrets are rotated under a daemon that goes on for months: files are read again when they have
// changed. A file that is bad then is logged once, and what was read before it stays in use. Reads
// block: these are small files of the host. Lives on the loop's thread.
class Credentials {
 public:
  // InvalidArgument, naming the file, but no content: it is missing or makes no sense.
  static absl::StatusOr<std::unique_ptr<Credentials>> Create(const ConsulSettings& settings);

  // Headers of each request: secrets.
  std::vector<std::pair<std::string, std::string>> Headers() const;
  // Null: plain HTTP.
  const std::shared_ptr<const TlsCredentials>& tls() const { return tls_; }

  // Looks whether files have changed, by their times, or `anyway`. True if the token is another
  // one now.
  bool Refresh(bool anyway);

 private:
  explicit Credentials(const ConsulSettings& settings);

  absl::Status ReadToken();
  absl::Status ReadTls();
  // What tells that one of the files was changed.
  std::string Stamp(const std::vector<std::string>& files) const;
  std::vector<std::string> TlsFiles() const;

  const bool use_tls_;
  const TlsSettings tls_settings_;
  const std::string token_file_;
  const std::string basic_auth_;
  std::string token_;
  std::string token_stamp_;
  std::shared_ptr<const TlsCredentials> tls_;
  std::string tls_stamp_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CREDENTIALS_H_
