#include "sidecars/log_shipper/json_text.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "supervisor/base/utf8.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

// Which bytes of a word don't stand for themselves in a string: the lowest bit that is set is the
// top one of the first such byte. (Higher ones may be wrong: a borrow runs through them.)
uint64_t Specials(uint64_t word) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t quotes = word ^ ('"' * kOnes);
  const uint64_t backslashes = word ^ ('\\' * kOnes);
  return (((word - 0x20 * kOnes) & ~word) | ((quotes - kOnes) & ~quotes) |
          ((backslashes - kOnes) & ~backslashes) | word) &
         (0x80 * kOnes);
}

bool IsPlain(char c) {
  const unsigned char byte = c;
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// How many bytes at the start of `text` stand for themselves.
size_t PlainLength(absl::string_view text) {
  size_t i = 0;
  for (uint64_t word; i + sizeof(word) <= text.size(); i += sizeof(word)) {
    memcpy(&word, text.data() + i, sizeof(word));
    const uint64_t specials = Specials(word);
    if (specials != 0) return i + std::countr_zero(specials) / 8;
  }
  while (i < text.size() && IsPlain(text[i])) ++i;
  return i;
}

char* Put(absl::string_view text, char* to) {
  memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutAscii(char c, char* to) {
  constexpr absl::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      return Put("\\\"", to);
    case '\\':
      return Put("\\\\", to);
    case '\n':
      return Put("\\n", to);
    case '\r':
      return Put("\\r", to);
    case '\t':
      return Put("\\t", to);
    default:
      if (c >= 0x20) {
        *to = c;
        return to + 1;
      }
      to = Put("\\u00", to);
      *to++ = kHex[c >> 4];
      *to++ = kHex[c & 15];
      return to;
  }
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
  const size_t plain = PlainLength(text);
  json->append(text.data(), plain);
  const char* at = text.data() + plain;
  const char* const end = text.data() + text.size();
  // Where one special byte is, others are near: what follows is put together in pieces, without a
  // look at the string for each byte.
  constexpr size_t kPiece = 512;
  constexpr size_t kLongestForm = 6;
  char piece[kLongestForm * kPiece + sizeof(uint64_t)];
  while (at != end) {
    char* to = piece;
    const char* const piece_end = at + std::min<size_t>(kPiece, end - at);
    while (at < piece_end) {
      uint64_t word;
      if (static_cast<size_t>(piece_end - at) >= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        memcpy(to, &word, sizeof(word));
        const uint64_t specials = Specials(word);
        const size_t length = specials == 0 ? sizeof(word) : std::countr_zero(specials) / 8;
        at += length;
        to += length;
        if (specials == 0) continue;
      }
      if (static_cast<unsigned char>(*at) < 0x80) {
        to = PutAscii(*at++, to);
        continue;
      }
      const absl::string_view character = Character({at, static_cast<size_t>(end - at)});
      to = Put(character.empty() ? kReplacement : character, to);
      at += std::max<size_t>(character.size(), 1);
    }
    json->append(piece, to - piece);
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
    const absl::string_view shown = character.empty() ? kReplacement : character;
    repaired->append(shown.data(), shown.size());
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
