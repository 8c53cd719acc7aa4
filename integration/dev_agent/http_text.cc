#include "integration/dev_agent/http_text.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::dev_agent {
namespace {

absl::string_view Reason(int code) {
  switch (code) {
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 415:
      return "Unsupported Media Type";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

std::string DateHeader(absl::Time date) {
  return absl::StrCat(
      "Date: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", date, absl::UTCTimeZone()), "\r\n");
}

}  // namespace

absl::string_view MediaTypeName(MediaType type) {
  return type == MediaType::kJson ? "application/json" : "application/x-protobuf";
}

std::string AnswerText(const Answer& answer, absl::Time date) {
  return absl::StrCat("HTTP/1.1 ", answer.code, " ", Reason(answer.code), "\r\n", DateHeader(date),
                      answer.header, answer.header.empty() ? "" : "\r\n",
                      answer.body.empty() ? "" : "Content-Type: text/plain; charset=utf-8\r\n",
                      "Content-Length: ", answer.body.size(), "\r\n\r\n", answer.body);
}

std::string StreamHead(MediaType type, absl::Time date) {
  return absl::StrCat("HTTP/1.1 200 OK\r\n", DateHeader(date),
                      "Transfer-Encoding: chunked\r\nContent-Type: ", MediaTypeName(type),
                      "\r\n\r\n");
}

std::string EventChunk(absl::string_view event) {
  const std::string length = absl::StrCat(event.size(), "\n");
  return absl::StrCat(absl::Hex(length.size() + event.size()), "\r\n", length, event, "\r\n");
}

bool Accepts(absl::string_view accept, MediaType type) {
  for (absl::string_view range : absl::StrSplit(accept, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(range, ';');
    const absl::string_view name = absl::StripAsciiWhitespace(parts[0]);
    if (name == "*/*" || name == "application/*" ||
        absl::EqualsIgnoreCase(name, MediaTypeName(type))) {
      return true;
    }
  }
  return false;
}

}  // namespace mesos_executor::dev_agent
