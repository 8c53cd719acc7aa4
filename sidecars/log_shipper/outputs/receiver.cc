#include "sidecars/log_shipper/outputs/receiver.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos_executor::log_shipper {
namespace {

// DNS' own bound.
constexpr size_t kMaxHost = 255;

bool IsHost(absl::string_view text) {
  if (text.empty() || text.size() > kMaxHost) return false;
  for (const unsigned char c : text) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-_.:%", static_cast<char>(c))) return false;
  }
  return true;
}

absl::StatusOr<Receiver> ParseReceiver(absl::string_view text) {
  const auto wrong = [text](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxHost)), "\": ", why));
  };
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return wrong("expected host:port");
  absl::string_view host = text.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]")) return wrong("expected [address]:port");
  } else if (absl::StrContains(host, ':')) {
    return wrong("write an IPv6 address in brackets, and a port after them");
  }
  if (!IsHost(host)) return wrong("the host is neither a name nor an address");
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 || port > 65535) {
    return wrong("the port must be a number from 1 to 65535");
  }
  return Receiver{std::string(host), static_cast<uint16_t>(port)};
}

}  // namespace

std::string ReceiverName(const Receiver& receiver) {
  const bool v6 = absl::StrContains(receiver.host, ':');
  return absl::StrCat(v6 ? "[" : "", receiver.host, v6 ? "]:" : ":", receiver.port);
}

absl::StatusOr<std::vector<Receiver>> ParseReceivers(absl::string_view text) {
  std::vector<Receiver> receivers;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(part);
    if (name.empty()) continue;
    auto receiver = ParseReceiver(name);
    if (!receiver.ok()) return receiver.status();
    if (receivers.size() == kMaxReceivers) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxReceivers, " receivers"));
    }
    receivers.push_back(*std::move(receiver));
  }
  if (receivers.empty()) return absl::InvalidArgumentError("expected host:port");
  return receivers;
}

}  // namespace mesos_executor::log_shipper
