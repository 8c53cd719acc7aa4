#include "supervisor/agent/http_request.h"

#include "absl/strings/str_cat.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::agent {

std::string HttpRequestText(const AgentSettings& settings, absl::string_view path,
                            absl::string_view media_type, absl::string_view body) {
  std::string text =
      absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: ", EndpointName(settings.endpoint),
                   "\r\nConnection: keep-alive\r\nAccept: ", media_type,
                   "\r\nContent-Type: ", media_type, "\r\nContent-Length: ", body.size(), "\r\n");
  if (!settings.token.empty()) {
    absl::StrAppend(&text, "Authorization: Bearer ", settings.token, "\r\n");
  }
  absl::StrAppend(&text, "\r\n", body);
  return text;
}

}  // namespace mesos_executor::agent
