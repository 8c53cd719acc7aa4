#include "sidecars/log_shipper/outputs/output_settings.h"

#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/duration_text.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::log_shipper {
namespace {

using Protocol = OutputSettings::Protocol;

constexpr absl::Duration kShortestRefresh = absl::Milliseconds(100);
// DNS' own bound for a label is less.
constexpr size_t kMaxServiceName = 255;

constexpr absl::string_view kFamily = "SERVICELOG_LOGSTASH_";

// Reads variables of that family; the first error is kept.
class Reader {
 public:
  explicit Reader(const sidecar::Settings& settings) : settings_(settings) {}

  const absl::Status& status() const { return status_; }

  // An empty variable is one that isn't set.
  std::optional<std::string> Text(absl::string_view name) const {
    auto value = settings_.Get(absl::StrCat(kFamily, name));
    return value.has_value() && value->empty() ? std::nullopt : std::move(value);
  }

  void Wrong(absl::string_view name, absl::string_view why) {
    status_.Update(
        absl::InvalidArgumentError(absl::StrCat(kSettingPrefix, kFamily, name, ": ", why)));
  }

  void Read(absl::string_view name, absl::Duration least, absl::Duration* value) {
    const auto text = Text(name);
    if (!text.has_value()) return;
    const auto duration = ParseDuration(*text);
    if (!duration.ok()) return Wrong(name, duration.status().message());
    if (*duration < least) {
      return Wrong(name, absl::StrCat("must be at least ", absl::FormatDuration(least)));
    }
    *value = *duration;
  }

  void Read(absl::string_view name, uint32_t* value) {
    const auto text = Text(name);
    if (text.has_value() && !absl::SimpleAtoi(*text, value)) {
      Wrong(name,
            absl::StrCat("must be a number from 0 to ", std::numeric_limits<uint32_t>::max()));
    }
  }

  void Read(absl::string_view name, bool* value) {
    const auto text = Text(name);
    if (text.has_value() && !absl::SimpleAtob(*text, value)) Wrong(name, "must be true or false");
  }

 private:
  const sidecar::Settings& settings_;
  absl::Status status_;
};

void ReadProtocol(Reader* reader, OutputSettings* settings) {
  const std::string text = absl::AsciiStrToLower(reader->Text("PROTOCOL").value_or("tcp"));
  if (text == "tcp") {
    settings->protocol = Protocol::kTcp;
  } else if (text == "udp") {
    settings->protocol = Protocol::kUdp;
  } else if (text == "file") {
    settings->protocol = Protocol::kFile;
  } else if (text == "stdout") {
    settings->protocol = Protocol::kStdout;
  } else {
    reader->Wrong("PROTOCOL", "must be tcp, udp, file or stdout");
  }
}

void ReadReceivers(Reader* reader, OutputSettings* settings) {
  const auto address = reader->Text("ADDRESS");
  if (settings->protocol == Protocol::kStdout) return;
  if (settings->protocol == Protocol::kFile) {
    settings->file = address.value_or("");
    if (settings->file.empty() || settings->file[0] != '/') {
      reader->Wrong("ADDRESS", "must be the absolute path of the file");
    }
    return;
  }
  settings->discovery_service = reader->Text("DISCOVERY_SERVICE_NAME").value_or("");
  if (settings->discovery_service.size() > kMaxServiceName) {
    reader->Wrong("DISCOVERY_SERVICE_NAME",
                  absl::StrCat("is longer than ", kMaxServiceName, " bytes"));
  }
  reader->Read("DISCOVERY_REFRESH_INTERVAL", kShortestRefresh, &settings->discovery_refresh);
  if (address.has_value()) {
    auto receivers = ParseReceivers(*address);
    if (!receivers.ok()) return reader->Wrong("ADDRESS", receivers.status().message());
    settings->receivers = *std::move(receivers);
  } else if (settings->discovery_service.empty()) {
    reader->Wrong("ADDRESS", absl::StrCat("must be the receiver's host:port, or ", kSettingPrefix,
                                          kFamily, "DISCOVERY_SERVICE_NAME its name in Consul"));
  }
}

void ReadTls(Reader* reader, OutputSettings* settings) {
  bool wanted = false;
  reader->Read("TLS", &wanted);
  TlsSettings tls;
  bool any = false;
  const auto text = [&](absl::string_view name, std::string* value) {
    *value = reader->Text(name).value_or("");
    any = any || !value->empty();
  };
  text("TLS_CACERT", &tls.ca_file);
  text("TLS_CERT", &tls.certificate_file);
  text("TLS_KEY", &tls.key_file);
  text("TLS_SERVER_NAME", &tls.server_name);
  reader->Read("TLS_VERIFY", &tls.verify_peer);
  if (!wanted) {
    // Better no start than lines in the clear that were meant to be secret.
    if (any) reader->Wrong("TLS", "must be true for the other settings of TLS");
    return;
  }
  if (settings->protocol != Protocol::kTcp) {
    return reader->Wrong("TLS", "needs the protocol tcp");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return reader->Wrong("TLS_CERT", "and TLS_KEY go together");
  }
  settings->tls = std::move(tls);
}

}  // namespace

absl::StatusOr<OutputSettings> ReadOutputSettings(const sidecar::Settings& from) {
  OutputSettings settings;
  Reader reader(from);
  ReadProtocol(&reader, &settings);
  ReadReceivers(&reader, &settings);
  reader.Read("TCP_TIMEOUT", absl::Milliseconds(1), &settings.tcp_timeout);
  reader.Read("TCP_KEEP_ALIVE", absl::ZeroDuration(), &settings.tcp_keep_alive);
  ReadTls(&reader, &settings);
  reader.Read("UDP_RATE", &settings.udp_rate);
  if (settings.udp_rate == 0) reader.Wrong("UDP_RATE", "must be at least 1");
  reader.Read("RATE_LIMIT", &settings.rate_limit);
  uint32_t size_limit = 0;
  reader.Read("SIZE_LIMIT", &size_limit);
  settings.size_limit = size_limit;
  if (!from.Get("SERVICELOG_BUFFER_SIZE").value_or("").empty()) {
    settings.notes.push_back(absl::StrCat(kSettingPrefix, "SERVICELOG_BUFFER_SIZE",
                                          " does nothing: lines wait in their spool"));
  }
  if (!reader.status().ok()) return reader.status();
  if (!settings.discovery_service.empty()) {
    auto consul =
        consul::ReadConsulSettings([&from](const std::string& name) { return from.Get(name); });
    if (!consul.ok()) return consul.status();
    settings.consul = *std::move(consul);
  }
  return settings;
}

const char kOutputSettingsHelp[] =
    "  SERVICELOG_LOGSTASH_PROTOCOL   tcp (the default), udp; to try it: file, stdout\n"
    "  SERVICELOG_LOGSTASH_ADDRESS    host:port, several with commas between them: the next takes\n"
    "                                 over where one fails; the path of a file\n"
    "  SERVICELOG_LOGSTASH_DISCOVERY_SERVICE_NAME      instead: a service in Consul, of which the\n"
    "                                 passing instances are used; Consul is found by CONSUL_*, as\n"
    "                                 consul-registrar does\n"
    "  SERVICELOG_LOGSTASH_DISCOVERY_REFRESH_INTERVAL  how often Consul is asked (1s)\n"
    "  SERVICELOG_LOGSTASH_RATE_LIMIT lines a second of each task; the others wait (no limit)\n"
    "  SERVICELOG_LOGSTASH_SIZE_LIMIT bytes of an entry; longer ones are dropped (no limit; udp\n"
    "                                 65506)\n"
    "  SERVICELOG_LOGSTASH_UDP_RATE   datagrams a second of all tasks (10000)\n"
    "  SERVICELOG_LOGSTASH_TCP_TIMEOUT     for connecting (2s)\n"
    "  SERVICELOG_LOGSTASH_TCP_KEEP_ALIVE  between probes of an idle connection (5s)\n"
    "  SERVICELOG_LOGSTASH_TLS        true: TLS 1.2 or 1.3 (false)\n"
    "  SERVICELOG_LOGSTASH_TLS_CACERT file with the CAs to believe (those of the system)\n"
    "  SERVICELOG_LOGSTASH_TLS_CERT, SERVICELOG_LOGSTASH_TLS_KEY  files with what we show\n"
    "  SERVICELOG_LOGSTASH_TLS_VERIFY false: believe everybody (true)\n"
    "  SERVICELOG_LOGSTASH_TLS_SERVER_NAME  what the certificate must be for (the host)\n"
    "  SERVICELOG_BUFFER_SIZE         does nothing: lines wait in their spool\n";

}  // namespace mesos_executor::log_shipper
