#include "integration/fake_vaas/listing.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::fake_vaas {
namespace {

using nlohmann::json;

constexpr int64_t kDefaultLimit = 20;
constexpr int64_t kMaxLimit = 1000;

std::string Decode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const absl::string_view digits = text.substr(i + 1, 2);
    if (text[i] == '%' && digits.size() == 2 && isxdigit(digits[0]) && isxdigit(digits[1])) {
      decoded += absl::HexStringToBytes(digits);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// Everything that was asked for is repeated, credentials included.
json PageUri(absl::string_view path, const Query& query, int64_t limit, int64_t offset) {
  std::string uri = absl::StrCat(path, "?");
  for (const auto& [name, value] : query) {
    if (name != "limit" && name != "offset") absl::StrAppend(&uri, name, "=", value, "&");
  }
  return absl::StrCat(uri, "limit=", limit, "&offset=", offset);
}

Reply BadNumber(absl::string_view what, absl::string_view text) {
  const json body = {{"error", absl::StrCat("Invalid ", what, " '", text,
                                            "' provided. Please provide an integer.")}};
  return {.status = 400, .content_type = "application/json", .location = "", .body = body.dump()};
}

}  // namespace

Query ParseQuery(absl::string_view text) {
  Query query;
  for (const absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    query.push_back(absl::StrSplit(part, absl::MaxSplits('=', 1)));
  }
  return query;
}

std::string Value(const Query& query, absl::string_view name) {
  const auto found =
      std::find_if(query.rbegin(), query.rend(), [&](const auto& p) { return p.first == name; });
  return found == query.rend() ? "" : Decode(found->second);
}

Reply ListReply(absl::string_view path, const Query& query, std::vector<json> rows) {
  int64_t limit = kDefaultLimit;
  int64_t offset = 0;
  const std::string limit_text = Value(query, "limit");
  const std::string offset_text = Value(query, "offset");
  if (!limit_text.empty() && (!absl::SimpleAtoi(limit_text, &limit) || limit < 0)) {
    return BadNumber("limit", limit_text);
  }
  if (!offset_text.empty() && (!absl::SimpleAtoi(offset_text, &offset) || offset < 0)) {
    return BadNumber("offset", offset_text);
  }
  if (limit == 0 || limit > kMaxLimit) limit = kMaxLimit;
  const auto total = static_cast<int64_t>(rows.size());
  const int64_t begin = std::min(offset, total);
  const int64_t end = std::min(begin + limit, total);
  const json meta = {
      {"limit", limit},
      {"offset", offset},
      {"total_count", total},
      {"next", end < total ? PageUri(path, query, limit, end) : json()},
      {"previous", offset >= limit ? PageUri(path, query, limit, offset - limit) : json()}};
  const json body = {{"meta", meta},
                     {"objects", std::vector<json>(rows.begin() + begin, rows.begin() + end)}};
  return {.status = 200, .content_type = "application/json", .location = "", .body = body.dump()};
}

}  // namespace mesos_executor::fake_vaas
