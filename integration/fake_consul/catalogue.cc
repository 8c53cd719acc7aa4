#include "integration/fake_consul/catalogue.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "integration/fake_consul/service.h"

namespace mesos_executor::fake_consul {
namespace {

using Json = nlohmann::ordered_json;

Reply Text(int status, std::string body) {
  return {.status = status, .allow = "", .body = std::move(body)};
}

Reply Show(const Json& json) {
  return {.allow = "",
          .json = true,
          .body = json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Reply NotAllowed(const std::string& method, const std::string& allowed) {
  return {.status = 405,
          .allow = "OPTIONS," + allowed,
          .body = absl::StrCat("method ", method, " not allowed")};
}

std::string PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte;
    if (text[i] == '%' && absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte) &&
        i + 2 < text.size()) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// As Go's unicode.IsPrint for UTF-8 text, but that it takes code points that are not assigned.
bool IsPrintable(const std::string& text) {
  static constexpr std::pair<uint32_t, uint32_t> kUnprintable[] = {
      {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},        {0x1680, 0x1680},
      {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F},    {0x3000, 0x3000},
      {0xE000, 0xF8FF}, {0xFEFF, 0xFEFF}, {0xE0000, 0x10FFFF},
  };
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    uint32_t code = lead < 0xC0   ? lead
                    : lead < 0xE0 ? lead & 0x1F
                    : lead < 0xF0 ? lead & 0x0F
                                  : lead & 0x07;
    while (i < text.size() && (text[i] & 0xC0) == 0x80) code = code << 6 | (text[i++] & 0x3F);
    for (const auto& [first, last] : kUnprintable) {
      if (code >= first && code <= last) return false;
    }
  }
  return true;
}

}  // namespace

Catalogue::Right Catalogue::RightOf(const std::string& token) const {
  if (token_.empty() || token == token_) return Right::kAll;
  return token.empty() ? Right::kNothing : Right::kUnknownToken;
}

Reply Catalogue::Answer(const Question& question) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(question.target, absl::MaxSplits('?', 1));
  const std::string path = PercentDecoded(parts.first);
  // Asked before anything else (PrintablePathCheckHandler in go-cleanhttp).
  if (!IsPrintable(path)) return Text(400, "");
  std::string token = question.token;
  bool only_passing = false;
  for (absl::string_view parameter : absl::StrSplit(parts.second, '&')) {
    if (absl::ConsumePrefix(&parameter, "token=")) token = PercentDecoded(parameter);
    if (parameter == "passing" || parameter == "passing=true" || parameter == "passing=1") {
      only_passing = true;
    }
  }
  const Right right = RightOf(token);
  absl::string_view rest = path;
  if (rest == "/v1/agent/service/register") {
    return question.method == "PUT" ? Register(question.body, right)
                                    : NotAllowed(question.method, "PUT");
  }
  if (absl::ConsumePrefix(&rest, "/v1/agent/service/deregister/")) {
    return question.method == "PUT" ? Deregister(std::string(rest), right)
                                    : NotAllowed(question.method, "PUT");
  }
  if (absl::ConsumePrefix(&rest, "/v1/agent/check/update/")) {
    return question.method == "PUT" ? UpdateCheck(std::string(rest), question.body, right)
                                    : NotAllowed(question.method, "PUT");
  }
  Reply reply = Read(path, only_passing, right);
  if (reply.status != 404 && question.method != "GET") return NotAllowed(question.method, "GET");
  return reply;
}

Reply Catalogue::Register(const std::string& body, Right right) {
  auto service = ParseRegistration(body);
  if (!service.ok()) return Text(400, std::string(service.status().message()));
  if (right == Right::kUnknownToken) return Text(403, "ACL not found");
  if (right == Right::kNothing) {
    return Text(403, absl::StrCat("Permission denied: Missing service:write on ", service->name));
  }
  // A check that is there already keeps its status, whatever the new registration says, and stays
  // where that has none.
  const auto found = services_.find(service->id);
  if (found != services_.end() && !found->second.status.empty()) {
    if (service->status.empty()) service->check_type = found->second.check_type;
    service->status = found->second.status;
  }
  services_[service->id] = *std::move(service);
  return {};
}

Reply Catalogue::Deregister(const std::string& id, Right right) {
  if (id.empty()) return Text(500, "ServiceID missing");
  if (right == Right::kUnknownToken) return Text(403, "ACL not found");
  const auto found = services_.find(id);
  if (found == services_.end()) {
    return token_.empty() ? Reply() : Text(500, absl::StrCat("Unknown service \"", id, "\""));
  }
  if (right == Right::kNothing) {
    return Text(403,
                absl::StrCat("Permission denied: Missing service:write on ", found->second.name));
  }
  services_.erase(found);
  return {};
}

Reply Catalogue::UpdateCheck(const std::string& check_id, const std::string& body, Right right) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const std::string status = json.is_object() ? json.value("Status", "") : "";
  if (status != "passing" && status != "warning" && status != "critical") {
    return Text(400, absl::StrCat("Invalid check status: '", status, "'"));
  }
  if (right == Right::kUnknownToken) return Text(403, "ACL not found");
  const auto found = services_.find(std::string(absl::StripPrefix(check_id, "service:")));
  const bool known = absl::StartsWith(check_id, "service:") && found != services_.end();
  if (known && right == Right::kNothing) {
    return Text(403,
                absl::StrCat("Permission denied: Missing service:write on ", found->second.name));
  }
  if (!known || found->second.check_type != "ttl") {
    return Text(500, absl::StrCat("CheckID \"", check_id, "\" does not have associated TTL"));
  }
  found->second.status = status;
  return {};
}

Reply Catalogue::Read(absl::string_view path, bool only_passing, Right right) const {
  // A token that nobody knows is refused; none at all sees nothing.
  static const std::map<std::string, Service> kNothing;
  const auto& visible = right == Right::kAll ? services_ : kNothing;
  const bool refused = right == Right::kUnknownToken;
  const Reply refusal = Text(403, "ACL not found");

  if (absl::ConsumePrefix(&path, "/v1/agent/service/")) {
    const auto found = services_.find(std::string(path));
    if (found == services_.end()) return Text(404, absl::StrCat("unknown service ID: ", path));
    if (refused) return refusal;
    if (right == Right::kNothing) return Text(403, "Permission denied");
    return Show(AgentService(found->second));
  }
  if (path == "/v1/agent/services" || path == "/v1/agent/checks") {
    Json all = Json::object();
    for (const auto& [id, service] : visible) {
      if (path == "/v1/agent/services") {
        all[id] = AgentService(service);
      } else if (!service.status.empty()) {
        all["service:" + id] = AgentCheck(service);
      }
    }
    return refused ? refusal : Show(all);
  }
  if (path == "/v1/agent/self" || path == "/v1/status/leader") {
    if (refused) return refusal;
    if (path == "/v1/status/leader") return Show("127.0.0.1:8300");
    return Show(
        {{"Config", {{"NodeName", Node()["Node"]}, {"Datacenter", "dc1"}, {"Version", "fake"}}}});
  }
  if (path == "/v1/catalog/nodes") {
    if (refused) return refusal;
    return Show(right == Right::kAll ? Json::array({Node()}) : Json::array());
  }
  if (path == "/v1/catalog/services") {
    Json all = Json::object();
    for (const auto& [id, service] : visible) {
      auto& tags = all[service.name];
      if (tags.is_null()) tags = Json::array();
      for (const auto& tag : service.tags) {
        if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
      }
    }
    return refused ? refusal : Show(all);
  }
  const bool health = absl::ConsumePrefix(&path, "/v1/health/service/");
  if (health || absl::ConsumePrefix(&path, "/v1/catalog/service/")) {
    Json all = Json::array();
    for (const auto& [id, service] : visible) {
      if (service.name != path) continue;
      if (only_passing && health && !service.status.empty() && service.status != "passing")
        continue;
      if (!health) {
        all.push_back(CatalogService(service));
        continue;
      }
      Json checks = Json::array();
      if (!service.status.empty()) checks.push_back(AgentCheck(service));
      all.push_back({{"Node", Node()}, {"Service", AgentService(service)}, {"Checks", checks}});
    }
    return refused ? refusal : Show(all);
  }
  return Text(404, "");
}

}  // namespace mesos_executor::fake_consul
