#include "sidecars/log_shipper/json_text.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "supervisor/base/utf8.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

bool IsPlain(char c) {
  const unsigned char byte = c;
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// How many bytes at the start of `text` stand for themselves in a string. Eight at a time: the
// lowest bit that each term sets is that of the first byte it looks for.
size_t PlainLength(absl::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x80 * kOnes;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    memcpy(&word, text.data() + i, 8);
    const uint64_t quotes = word ^ ('"' * kOnes);
    const uint64_t backslashes = word ^ ('\\' * kOnes);
    const uint64_t special = ((word - 0x20 * kOnes) & ~word) | ((quotes - kOnes) & ~quotes) |
                             ((backslashes - kOnes) & ~backslashes) | word;
    if ((special & kTops) != 0) return i + std::countr_zero(special & kTops) / 8;
  }
  while (i < text.size() && IsPlain(text[i])) ++i;
  return i;
}

void AppendAsciiEscape(char c, std::string* json) {
  constexpr absl::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      json->append("\\\"");
      return;
    case '\\':
      json->append("\\\\");
      return;
    case '\n':
      json->append("\\n");
      return;
    case '\r':
      json->append("\\r");
      return;
    case '\t':
      json->append("\\t");
      return;
    default:
      json->append("\\u00");
      json->push_back(kHex[c >> 4]);
      json->push_back(kHex[c & 15]);
  }
}

void AppendCharacter(absl::string_view character, std::string* text) {
  const absl::string_view shown = character.empty() ? kReplacement : character;
  text->append(shown.data(), shown.size());
}

// The first character, or nothing where there is none.
absl::string_view Character(absl::string_view text) {
  return text.substr(0, Utf8CharacterLength({text.data(), text.size()}));
}

// The number in the four digits behind "\u" at the start of `text`, or -1.
int Utf16Unit(absl::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int unit = 0;
  for (const char c : text.substr(2, 4)) {
    if (!absl::ascii_isxdigit(c)) return -1;
    unit = unit * 16 + (absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10);
  }
  return unit;
}

size_t Digits(absl::string_view text) {
  size_t count = 0;
  while (count < text.size() && absl::ascii_isdigit(text[count])) ++count;
  return count;
}

}  // namespace

void AppendEscaped(absl::string_view text, std::string* json) {
  while (true) {
    const size_t plain = PlainLength(text);
    json->append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const absl::string_view character = Character(text);
    if (character.size() == 1) {
      AppendAsciiEscape(character[0], json);
    } else {
      AppendCharacter(character, json);
    }
    text.remove_prefix(character.empty() ? 1 : character.size());
  }
}

void AppendString(absl::string_view text, std::string* json) {
  json->push_back('"');
  AppendEscaped(text, json);
  json->push_back('"');
}

void AppendRepaired(absl::string_view text, std::string* repaired) {
  while (!text.empty()) {
    const absl::string_view character = Character(text);
    AppendCharacter(character, repaired);
    text.remove_prefix(character.empty() ? 1 : character.size());
  }
}

JsonEscape ReadEscape(absl::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return {0, false};
  if (text[1] != 'u') {
    return {absl::string_view("\"\\/bfnrt").find(text[1]) == absl::string_view::npos ? 0u : 2u,
            false};
  }
  const int unit = Utf16Unit(text);
  if (unit < 0) return {0, false};
  if (unit < 0xD800 || unit > 0xDFFF) return {6, false};
  const int second = unit < 0xDC00 ? Utf16Unit(text.substr(6)) : -1;
  if (second < 0xDC00 || second > 0xDFFF) return {6, true};
  return {12, false};
}

bool IsNumber(absl::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const size_t integer = Digits(text);
  if (integer == 0 || (integer > 1 && text[0] == '0')) return false;
  text.remove_prefix(integer);
  if (!text.empty() && text[0] == '.') {
    const size_t fraction = Digits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    const size_t exponent = Digits(text);
    if (exponent == 0) return false;
    text.remove_prefix(exponent);
  }
  return text.empty();
}

}  // namespace mesos_executor::log_shipper
