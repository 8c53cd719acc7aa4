#include "sidecars/log_shipper/json_parser.h"

#include <simdjson.h>

#include <cstring>
#include <string>
#include <string_view>

#include "sidecars/log_shipper/json_text.h"
#include "sidecars/log_shipper/line_format.h"

namespace mesos_executor::log_shipper {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(LineFormat::kPadding >= simdjson::SIMDJSON_PADDING);

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

const char* SkipSpace(const char* at, const char* end) {
  while (at != end && IsSpace(*at)) ++at;
  return at;
}

const char* SkipSpaceBack(const char* end) {
  while (IsSpace(end[-1])) --end;
  return end;
}

bool IsScalar(std::string_view token) {
  switch (token[0]) {
    case '"':
      return true;
    case 't':
      return token == "true";
    case 'f':
      return token == "false";
    case 'n':
      return token == "null";
    default:
      return IsNumber({token.data(), token.size()});
  }
}

// simdjson has found the tokens, checked the UTF-8 and that no control character stands in a
// string. What remains is the grammar: its order of tokens is checked by walking along them.
bool IsWellFormed(ondemand::value value, std::string_view token, int deepest) {
  if (token[0] == '{') {
    ondemand::object object;
    if (deepest == 0 || value.get_object().get(object) != simdjson::SUCCESS) return false;
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      ondemand::value& inner = field.value();
      if (!IsWellFormed(inner, inner.raw_json_token(), deepest - 1)) return false;
    }
    return true;
  }
  if (token[0] == '[') {
    ondemand::array array;
    if (deepest == 0 || value.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto result : array) {
      ondemand::value inner;
      if (std::move(result).get(inner) != simdjson::SUCCESS) return false;
      if (!IsWellFormed(inner, inner.raw_json_token(), deepest - 1)) return false;
    }
    return true;
  }
  // The next token is behind it. The parser doesn't look: a colon would make it a key.
  const char next = *token.end();
  return (next == ',' || next == '}' || next == ']') &&
         IsScalar({token.data(), static_cast<size_t>(SkipSpaceBack(token.end()) - token.data())});
}

absl::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

// Ends the text of the last member at `end`, which a comma or the object's brace follows.
void EndLast(const char* end, std::vector<Member>* members) {
  if (members->empty()) return;
  Member& last = members->back();
  end = SkipSpaceBack(end);
  last.text = Between(last.text.data(), end);
  last.value = Between(last.value.data(), end);
}

}  // namespace

struct JsonParser::State {
  // The parser's error, or one of ours.
  simdjson::error_code Walk(absl::string_view line, bool has_escapes, std::vector<Member>* members);
  bool RepairEscapes(absl::string_view line);
  // What is in `repaired`, with padding behind it.
  absl::string_view Padded();

  ondemand::parser parser;
  // A line that can't be read where it is.
  std::string repaired;
};

JsonParser::JsonParser() : state_(std::make_unique<State>()) {}
JsonParser::~JsonParser() = default;

bool JsonParser::Parse(absl::string_view line, std::vector<Member>* members) {
  const char* const end = line.data() + line.size();
  const char* const begin = SkipSpace(line.data(), end);
  if (begin == end || *begin != '{') return false;
  std::string& repaired = state_->repaired;
  repaired.clear();
  const bool has_escapes = memchr(line.data(), '\\', line.size()) != nullptr;
  if (has_escapes && !state_->RepairEscapes(line)) return false;
  // Of an object that isn't closed the parser takes the byte behind the line for a token: a brace
  // there would close it. Behind a line is its end; only behind the last one may be anything.
  if (repaired.empty() && !IsSpace(*end)) repaired.assign(line.data(), line.size());
  if (!repaired.empty()) line = state_->Padded();
  simdjson::error_code error = state_->Walk(line, has_escapes, members);
  if (error == simdjson::UTF8_ERROR) {
    std::string text;
    AppendRepaired(line, &text);
    repaired = std::move(text);
    error = state_->Walk(state_->Padded(), has_escapes, members);
  }
  return error == simdjson::SUCCESS;
}

absl::string_view JsonParser::State::Padded() {
  const size_t size = repaired.size();
  repaired.append(LineFormat::kPadding, ' ');
  return absl::string_view(repaired).substr(0, size);
}

// Leaves `repaired` empty where there is nothing to repair. False if there is a backslash that
// begins no escape: outside of strings the walk will not accept any.
bool JsonParser::State::RepairEscapes(absl::string_view line) {
  size_t at = 0;
  while ((at = line.find('\\', at)) != absl::string_view::npos) {
    const JsonEscape escape = ReadEscape(line.substr(at));
    if (escape.length == 0) return false;
    if (escape.lone_surrogate) {
      if (repaired.empty()) repaired.assign(line.data(), line.size());
      repaired.replace(at, escape.length, kReplacementEscape.data(), kReplacementEscape.size());
    }
    at += escape.length;
  }
  return true;
}

simdjson::error_code JsonParser::State::Walk(absl::string_view line, bool has_escapes,
                                             std::vector<Member>* members) {
  members->clear();
  ondemand::document document;
  const simdjson::padded_string_view view(line.data(), line.size(),
                                          line.size() + LineFormat::kPadding);
  if (const auto error = parser.iterate(view).get(document)) return error;
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return error;
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return error;
    if (members->size() == kMostMembers) return simdjson::CAPACITY;
    const char* const key = field.key().raw();
    const char* const quote = key - 1;
    if (!members->empty()) EndLast(SkipSpaceBack(quote) - 1, members);

    ondemand::value& value = field.value();
    const std::string_view token = value.raw_json_token();
    // The key's own quote, then a colon, stand before the value.
    const char* const colon = SkipSpaceBack(token.data()) - 1;
    Member& member = members->emplace_back();
    member.key = Between(key, SkipSpaceBack(colon) - 1);
    member.text = {quote, 0};
    member.value = {token.data(), 0};
    if (has_escapes && member.key.find('\\') != absl::string_view::npos) {
      std::string_view unescaped;
      if (const auto error = field.unescaped_key().get(unescaped)) return error;
      member.key = {unescaped.data(), unescaped.size()};
    }
    if (!IsWellFormed(value, token, kDeepest - 1)) return simdjson::TAPE_ERROR;
  }
  // It has ended: nothing may follow.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return simdjson::TAPE_ERROR;
  EndLast(SkipSpaceBack(line.data() + line.size()) - 1, members);
  return simdjson::SUCCESS;
}

}  // namespace mesos_executor::log_shipper
