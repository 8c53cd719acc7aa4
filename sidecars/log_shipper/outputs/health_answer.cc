#include "sidecars/log_shipper/outputs/health_answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos_executor::log_shipper {
namespace {

using nlohmann::json;

constexpr size_t kShown = 200;

// RFC 3986, 2.1.
std::string PercentEncoded(absl::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-._~", static_cast<char>(c))) {
      encoded += static_cast<char>(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", c);
    }
  }
  return encoded;
}

// The text at `object[outer][inner]`, or "".
std::string TextAt(const json& object, const char* outer, const char* inner) {
  const auto part = object.find(outer);
  if (part == object.end() || !part->is_object()) return "";
  const auto value = part->find(inner);
  return value == part->end() || !value->is_string() ? "" : value->get<std::string>();
}

uint64_t PortOf(const json& instance) {
  const auto service = instance.find("Service");
  if (service == instance.end() || !service->is_object()) return 0;
  const auto port = service->find("Port");
  return port == service->end() || !port->is_number_unsigned() ? 0 : port->get<uint64_t>();
}

}  // namespace

std::string HealthTarget(absl::string_view service, absl::string_view name_space) {
  std::string target = absl::StrCat("/v1/health/service/", PercentEncoded(service), "?passing=1");
  if (!name_space.empty()) absl::StrAppend(&target, "&ns=", PercentEncoded(name_space));
  return target;
}

absl::StatusOr<std::vector<Receiver>> ReadHealthAnswer(const absl::StatusOr<HttpResponse>& answer) {
  if (!answer.ok()) return absl::UnavailableError(answer.status().message());
  if (answer->status != 200) {
    return absl::UnavailableError(absl::StrCat("Consul answers ", answer->status, " ",
                                               absl::CHexEscape(answer->body.substr(0, kShown))));
  }
  const json instances = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (!instances.is_array()) {
    return absl::UnavailableError("Consul's answer is no list of instances");
  }
  std::vector<Receiver> receivers;
  for (const json& instance : instances) {
    if (!instance.is_object() || receivers.size() == kMaxReceivers) continue;
    // A service without an address of its own is where its node is.
    std::string host = TextAt(instance, "Service", "Address");
    if (host.empty()) host = TextAt(instance, "Node", "Address");
    const uint64_t port = PortOf(instance);
    if (host.empty() || port == 0 || port > 65535) continue;
    Receiver receiver = {std::move(host), static_cast<uint16_t>(port)};
    if (std::find(receivers.begin(), receivers.end(), receiver) == receivers.end()) {
      receivers.push_back(std::move(receiver));
    }
  }
  return receivers;
}

}  // namespace mesos_executor::log_shipper
