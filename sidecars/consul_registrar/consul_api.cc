#include "sidecars/consul_registrar/consul_api.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::consul {
namespace {

using Json = nlohmann::ordered_json;

// As much of an answer's text as a message needs.
constexpr size_t kMaxText = 200;

// Never throws, whatever the text holds. What comes from a supervisor is UTF-8, as protobuf wants.
std::string ToText(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// RFC 3986, 2.3: all but the unreserved characters. Consul decodes the path once.
std::string PercentEncoded(absl::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) ||
        absl::StrContains("-._~", absl::string_view(reinterpret_cast<const char*>(&c), 1))) {
      encoded += static_cast<char>(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", c);
    }
  }
  return encoded;
}

std::string Said(const HttpResponse& response) {
  const absl::string_view text = absl::StripAsciiWhitespace(response.body);
  return absl::StrCat("Consul answered ", response.status, " ",
                      absl::CHexEscape(text.substr(0, kMaxText)));
}

absl::Status Refusal(const HttpResponse& response) {
  const int status = response.status;
  if (status == 401 || status == 403) {
    return absl::PermissionDeniedError(absl::StrCat(
        Said(response),
        ": give consul-registrar a token (CONSUL_HTTP_TOKEN) that may write this service"));
  }
  // 429: the agent limits requests. 408: it gave up reading.
  if (status >= 500 || status == 408 || status == 429) {
    return absl::UnavailableError(Said(response));
  }
  return absl::InvalidArgumentError(Said(response));
}

Json CheckJson(const CheckDefinition& check, absl::string_view status) {
  Json json;
  if (!check.http.empty()) json["HTTP"] = check.http;
  if (absl::StartsWith(check.http, "https:")) json["TLSSkipVerify"] = true;
  if (!check.tcp.empty()) json["TCP"] = check.tcp;
  // Abseil's spelling of a duration is Go's.
  if (check.ttl > absl::ZeroDuration()) {
    json["TTL"] = absl::FormatDuration(check.ttl);
  } else {
    json["Interval"] = absl::FormatDuration(check.interval);
  }
  if (check.timeout > absl::ZeroDuration()) json["Timeout"] = absl::FormatDuration(check.timeout);
  if (!status.empty()) json["Status"] = std::string(status);
  if (check.deregister_critical_after > absl::ZeroDuration()) {
    json["DeregisterCriticalServiceAfter"] = absl::FormatDuration(check.deregister_critical_after);
  }
  return json;
}

}  // namespace

Request RegisterRequest(const ServiceDefinition& service, absl::string_view status) {
  Json json;
  json["ID"] = service.id;
  json["Name"] = service.name;
  json["Tags"] = service.tags;
  json["Port"] = service.port;
  json["Address"] = service.address;
  if (!service.meta.empty()) json["Meta"] = service.meta;
  if (service.check.has_value()) json["Check"] = CheckJson(*service.check, status);
  return {"PUT", "/v1/agent/service/register", ToText(json)};
}

Request DeregisterRequest(absl::string_view service_id) {
  return {"PUT", absl::StrCat("/v1/agent/service/deregister/", PercentEncoded(service_id)), ""};
}

Request UpdateCheckRequest(absl::string_view service_id, absl::string_view status,
                           absl::string_view note) {
  Json json;
  json["Status"] = std::string(status);
  json["Output"] = std::string(note);
  // The id that Consul gives to a service's only check.
  return {"PUT", absl::StrCat("/v1/agent/check/update/service:", PercentEncoded(service_id)),
          ToText(json)};
}

Request ServicesRequest() { return {"GET", "/v1/agent/services", ""}; }
Request ChecksRequest() { return {"GET", "/v1/agent/checks", ""}; }

absl::Status ReadAnswer(const absl::StatusOr<HttpResponse>& answer) {
  if (!answer.ok()) {
    // A request that could not even be made will not get better.
    if (absl::IsInvalidArgument(answer.status())) return answer.status();
    return absl::UnavailableError(answer.status().message());
  }
  if (answer->status >= 200 && answer->status < 300) return absl::OkStatus();
  return Refusal(*answer);
}

absl::Status ReadRegisterAnswer(const absl::StatusOr<HttpResponse>& answer) {
  return ReadAnswer(answer);
}

absl::Status ReadDeregisterAnswer(const absl::StatusOr<HttpResponse>& answer) {
  // With ACLs an unknown id is 500 `Unknown service "X"`; newer versions answer 404.
  if (answer.ok() &&
      (answer->status == 404 ||
       (answer->status == 500 && absl::StartsWith(answer->body, "Unknown service")))) {
    return absl::OkStatus();
  }
  return ReadAnswer(answer);
}

absl::Status ReadUpdateCheckAnswer(const absl::StatusOr<HttpResponse>& answer) {
  // Consul 1.10: 500 `CheckID "service:X" does not have associated TTL`; newer versions answer 404.
  if (answer.ok() && (answer->status == 404 ||
                      (answer->status == 500 &&
                       absl::StrContains(answer->body, "does not have associated TTL")))) {
    return absl::NotFoundError(Said(*answer));
  }
  return ReadAnswer(answer);
}

}  // namespace mesos_executor::consul
