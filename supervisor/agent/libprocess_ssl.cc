#include "supervisor/agent/libprocess_ssl.h"

#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::agent {
namespace {

struct Variable {
  // As set, for messages.
  std::string name;
  std::string value;
};

// The first one that is set; unset and empty are the same. None: the first name.
Variable FirstSet(const Environment& environment, std::initializer_list<std::string> names) {
  for (const std::string& name : names) {
    std::string value = environment.Get(name).value_or("");
    if (!value.empty()) return {name, std::move(value)};
  }
  return {*names.begin(), ""};
}

Variable Get(const Environment& environment, absl::string_view option) {
  return FirstSet(environment,
                  {absl::StrCat("LIBPROCESS_SSL_", option), absl::StrCat("SSL_", option)});
}

std::string Quoted(const Variable& variable) {
  return absl::StrCat(variable.name, ": \"", absl::CHexEscape(variable.value.substr(0, 200)), "\"");
}

// As Mesos' flags are spelled (stout, flags/parse.hpp); nothing for anything else.
std::optional<bool> ParseBool(absl::string_view text) {
  if (text == "1" || text == "true") return true;
  if (text.empty() || text == "0" || text == "false") return false;
  return std::nullopt;
}

absl::StatusOr<bool> ReadBool(const Variable& variable) {
  if (const std::optional<bool> value = ParseBool(variable.value)) return *value;
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(variable), " is none of true, 1, false and 0"));
}

// VERIFY_CERT is what VERIFY_SERVER_CERT was called before Mesos 1.9. The operator's prefix counts
// more than the option's age: without it, the variable may be a task's own.
absl::StatusOr<bool> ReadVerify(const Environment& environment) {
  return ReadBool(
      FirstSet(environment, {"LIBPROCESS_SSL_VERIFY_SERVER_CERT", "LIBPROCESS_SSL_VERIFY_CERT",
                             "SSL_VERIFY_SERVER_CERT", "SSL_VERIFY_CERT"}));
}

absl::Status ReadCertificate(const Environment& environment, TlsSettings& tls) {
  const Variable certificate = Get(environment, "CERT_FILE");
  const Variable key = Get(environment, "KEY_FILE");
  // To OpenSSL and Go, SSL_CERT_FILE alone names those that a program believes, a task's perhaps.
  if (key.value.empty() && certificate.name == "SSL_CERT_FILE") return absl::OkStatus();
  if (certificate.value.empty() != key.value.empty()) {
    const Variable& given = key.value.empty() ? certificate : key;
    const Variable& missing = key.value.empty() ? key : certificate;
    return absl::InvalidArgumentError(
        absl::StrCat(missing.name, ": not set, but ", given.name, " is: set both or neither"));
  }
  tls.certificate_file = certificate.value;
  tls.key_file = key.value;
  return absl::OkStatus();
}

// What has no effect, or not the one that somebody may count on.
void Warn(const Environment& environment, const TlsSettings& tls,
          std::vector<std::string>& warnings) {
  if (!tls.verify_peer) {
    warnings.push_back(
        "LIBPROCESS_SSL_VERIFY_SERVER_CERT: not set, so anybody is believed to be the agent; set "
        "it to true, and LIBPROCESS_SSL_CA_FILE");
  }
  const Variable downgrade = Get(environment, "SUPPORT_DOWNGRADE");
  if (ParseBool(downgrade.value) != false) {
    warnings.push_back(absl::StrCat(downgrade.name,
                                    ": has no effect, as the agent is never spoken to in plain "
                                    "text where TLS is enabled"));
  }
  const Variable address = Get(environment, "VERIFY_IPADD");
  if (!ParseBool(address.value).has_value()) {
    warnings.push_back(absl::StrCat(Quoted(address),
                                    " is none of true, 1, false and 0; where the agent is "
                                    "verified, its address always is"));
  }
  const Variable scheme = Get(environment, "HOSTNAME_VALIDATION_SCHEME");
  if (scheme.value != "" && scheme.value != "legacy" && scheme.value != "openssl") {
    warnings.push_back(absl::StrCat(Quoted(scheme),
                                    " is neither legacy nor openssl; where the agent is verified, "
                                    "its address always is"));
  }
}

}  // namespace

absl::StatusOr<std::optional<TlsSettings>> ReadLibprocessSsl(const Environment& environment,
                                                             std::vector<std::string>* warnings) {
  const Variable enabled = Get(environment, "ENABLED");
  const std::optional<bool> on = ParseBool(enabled.value);
  if (!on.has_value()) {
    // May be a task's own variable, and is no to Mesos.
    warnings->push_back(absl::StrCat(Quoted(enabled), " is none of true, 1, false and 0; no TLS"));
  }
  if (!on.value_or(false)) return std::nullopt;
  const absl::StatusOr<bool> verify = ReadVerify(environment);
  if (!verify.ok()) return verify.status();
  TlsSettings tls{.ca_file = Get(environment, "CA_FILE").value,
                  .ca_dir = Get(environment, "CA_DIR").value,
                  .verify_peer = *verify};
  if (absl::Status read = ReadCertificate(environment, tls); !read.ok()) return read;
  Warn(environment, tls, *warnings);
  return tls;
}

}  // namespace mesos_executor::agent
