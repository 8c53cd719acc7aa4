#include "sidecars/consul_registrar/consul_settings.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::consul {
namespace {

constexpr char kDeregisterAfter[] = "CONSUL_DEREGISTER_CRITICAL_AFTER";
// Consul's own bound for a namespace's name.
constexpr size_t kMaxNamespace = 64;

absl::Status About(const char* name, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
}

// Go's strconv.ParseBool, as Consul's own client has it.
absl::StatusOr<bool> ReadBool(SettingLookup lookup, const char* name, bool otherwise) {
  const std::string value = lookup(name).value_or("");
  if (value.empty()) return otherwise;
  for (const auto* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value == yes) return true;
  }
  for (const auto* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (value == no) return false;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", Quoted(value), " is neither true nor false"));
}

absl::Status ReadTls(SettingLookup lookup, TlsSettings* tls) {
  const auto verify = ReadBool(lookup, "CONSUL_HTTP_SSL_VERIFY", true);
  if (!verify.ok()) return verify.status();
  tls->verify_peer = *verify;
  for (const auto& [name, field] : {std::pair{"CONSUL_CACERT", &tls->ca_file},
                                    {"CONSUL_CAPATH", &tls->ca_dir},
                                    {"CONSUL_CLIENT_CERT", &tls->certificate_file},
                                    {"CONSUL_CLIENT_KEY", &tls->key_file},
                                    {"CONSUL_TLS_SERVER_NAME", &tls->server_name}}) {
    *field = lookup(name).value_or("");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> ReadDeregisterAfter(SettingLookup lookup, absl::Duration otherwise) {
  const std::string value = lookup(kDeregisterAfter).value_or("");
  if (value.empty()) return otherwise;
  if (value == "off") return absl::ZeroDuration();
  const auto after = ParseDuration(value);
  if (!after.ok()) return About(kDeregisterAfter, after.status());
  // Consul's own least (agent.minCheckDeregisterInterval): it would take it so, too.
  constexpr absl::Duration kLeast = absl::Minutes(1);
  if (*after > absl::ZeroDuration() && *after < kLeast) {
    LOG(WARNING) << kDeregisterAfter << "=" << value << " is taken as " << kLeast
                 << ", the least that Consul knows";
  }
  return *after == absl::ZeroDuration() ? *after : std::max(*after, kLeast);
}

absl::Status ReadSecrets(SettingLookup lookup, ConsulSettings* settings) {
  settings->token = lookup("CONSUL_TOKEN").value_or("");
  if (settings->token.empty()) settings->token_file = lookup("CONSUL_HTTP_TOKEN_FILE").value_or("");
  if (settings->token.empty() && settings->token_file.empty()) {
    settings->token = lookup("CONSUL_HTTP_TOKEN").value_or("");
  }
  if (!std::all_of(settings->token.begin(), settings->token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        "CONSUL_TOKEN or CONSUL_HTTP_TOKEN holds blanks or control characters: a token has none");
  }
  settings->basic_auth = lookup("CONSUL_HTTP_AUTH").value_or("");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ConsulSettings> ReadConsulSettings(SettingLookup lookup) {
  ConsulSettings settings;
  const auto tls = ReadBool(lookup, "CONSUL_HTTP_SSL", false);
  if (!tls.ok()) return tls.status();
  settings.address.tls = *tls;
  if (const auto text = lookup("CONSUL_HTTP_ADDR").value_or(""); !text.empty()) {
    auto address = ParseConsulAddress(text, *tls);
    if (!address.ok()) return About("CONSUL_HTTP_ADDR", address.status());
    settings.address = *std::move(address);
  }
  if (auto status = ReadTls(lookup, &settings.tls); !status.ok()) return status;
  if (auto status = ReadSecrets(lookup, &settings); !status.ok()) return status;
  settings.name_space = lookup("CONSUL_NAMESPACE").value_or("");
  const bool good = settings.name_space.size() <= kMaxNamespace &&
                    std::all_of(settings.name_space.begin(), settings.name_space.end(),
                                [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
  if (!good) {
    return absl::InvalidArgumentError(
        absl::StrCat("CONSUL_NAMESPACE: ", Quoted(settings.name_space),
                     " is more than letters, digits and dashes"));
  }
  const auto after = ReadDeregisterAfter(lookup, settings.deregister_critical_after);
  if (!after.ok()) return after.status();
  settings.deregister_critical_after = *after;
  return settings;
}

}  // namespace mesos_executor::consul
