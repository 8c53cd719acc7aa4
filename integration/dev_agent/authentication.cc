#include "integration/dev_agent/authentication.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::dev_agent {
namespace {

using Json = nlohmann::json;

constexpr char kHeader[] = R"({"alg":"HS256","typ":"JWT"})";
// More than any token of ours; what comes from outside is bounded.
constexpr size_t kMaxToken = 16 << 10;

std::string Signature(absl::string_view text, absl::string_view secret) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

absl::StatusOr<Json> DecodeObject(absl::string_view part, absl::string_view what) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(part, &text)) {
    return absl::InvalidArgumentError(absl::StrCat("Failed to decode token ", what,
                                                   ": Failed to base64url-decode: Invalid text"));
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to decode token ", what, ": Failed to parse into JSON: no object"));
  }
  return json;
}

absl::StatusOr<Claims> ReadToken(absl::string_view token, absl::string_view secret) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("Expected 3 components in token, got ", parts.size()));
  }
  const auto header = DecodeObject(parts[0], "header");
  if (!header.ok()) return header.status();
  const auto algorithm = header->find("alg");
  if (algorithm == header->end()) {
    return absl::InvalidArgumentError("Failed to locate 'alg' in token JSON header");
  }
  if (*algorithm != "HS256") {
    return absl::InvalidArgumentError(
        absl::StrCat("Token 'alg' value \"", algorithm->is_string() ? std::string(*algorithm) : "",
                     "\" does not match, expected \"HS256\""));
  }
  const auto payload = DecodeObject(parts[1], "payload");
  if (!payload.ok()) return payload.status();
  std::string signature;
  if (!absl::WebSafeBase64Unescape(parts[2], &signature) ||
      signature != Signature(absl::StrCat(parts[0], ".", parts[1]), secret)) {
    return absl::InvalidArgumentError("Token signature does not match");
  }
  Claims claims;
  for (const auto& [name, value] : payload->items()) {
    claims[name] = value.is_string() ? std::string(value) : value.dump();
  }
  return claims;
}

// An agent asks its two authenticators, and gives the answers of both
// (combined_authenticator.cpp).
Answer Unauthorized(absl::string_view error) {
  constexpr absl::string_view kRealm = "realm=\"mesos-agent-executor\"";
  return Answer{.code = 401,
                .body =
                    "\"Basic\" authenticator returned:\n401 Unauthorized.\n\n"
                    "\"Bearer\" authenticator returned:\n401 Unauthorized.",
                .header = absl::StrCat(
                    "WWW-Authenticate: Basic ", kRealm, ",Bearer ", kRealm,
                    error.empty() ? ""
                                  : absl::StrCat(", error=\"invalid_token\", error_description=\"",
                                                 error, "\""))};
}

// As Mesos prints a principal: in the order of a hash table that the claims were put into by name.
std::string PrincipalText(const Claims& claims) {
  std::unordered_map<std::string, std::string> table;
  for (const auto& [name, value] : claims) table[name] = value;
  nlohmann::ordered_json json;
  for (const auto& [name, value] : table) json["claims"][name] = value;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Claims ExecutorClaims(const std::string& framework_id, const std::string& executor_id,
                      const std::string& container_id) {
  return {{"cid", container_id}, {"eid", executor_id}, {"fid", framework_id}};
}

std::string NewToken(const Claims& claims, absl::string_view secret) {
  const std::string text = absl::StrCat(absl::WebSafeBase64Escape(kHeader), ".",
                                        absl::WebSafeBase64Escape(Json(claims).dump()));
  return absl::StrCat(text, ".", absl::WebSafeBase64Escape(Signature(text, secret)));
}

std::variant<Answer, Claims> Authenticate(const std::optional<std::string>& authorization,
                                          absl::string_view secret) {
  if (!authorization) return Unauthorized("");
  const std::vector<std::string> words = absl::StrSplit(*authorization, ' ');
  if (words.size() != 2 || words[1].size() > kMaxToken) {
    return Unauthorized("Malformed 'Authorization' header");
  }
  if (words[0] != "Bearer") {
    return Unauthorized(absl::StrCat("Scheme '", absl::CEscape(words[0]), "' unsupported"));
  }
  auto claims = ReadToken(words[1], secret);
  if (!claims.ok()) {
    return Unauthorized(absl::StrCat("Invalid JWT: ", claims.status().message()));
  }
  if (claims->empty()) return Unauthorized("JWT claims missing");
  return *std::move(claims);
}

std::optional<Answer> CheckClaims(const Claims& claims, const Claims& expected) {
  constexpr struct {
    const char* name;
    const char* lacks;
  } kRules[] = {{"fid", "an 'fid' claim with the framework ID "},
                {"eid", "an 'eid' claim with the executor ID "},
                {"cid", "a 'cid' claim with the correct active ContainerID"}};
  for (const auto& [name, lacks] : kRules) {
    const auto found = claims.find(name);
    if (found != claims.end() && found->second == expected.at(name)) continue;
    std::string text = absl::StrCat("Authenticated principal '", PrincipalText(claims),
                                    "' does not contain ", lacks);
    // A container isn't named in the call.
    if (absl::string_view(name) != "cid") {
      absl::StrAppend(&text, expected.at(name), ", which is set in the call");
    }
    return Answer{.code = 403, .body = std::move(text)};
  }
  return std::nullopt;
}

}  // namespace mesos_executor::dev_agent
