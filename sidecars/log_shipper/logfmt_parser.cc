#include "sidecars/log_shipper/logfmt_parser.h"

#include <array>
#include <cstdint>

#include "sidecars/log_shipper/json_text.h"

namespace mesos_executor::log_shipper {
namespace {

// What a byte ends.
enum Ends : uint8_t {
  kSpaceEnd = 1,   // What is between pairs.
  kKeyEnd = 2,     // A key.
  kWordEnd = 4,    // A value without quotes.
  kQuotedEnd = 8,  // The part of a quoted value that means itself.
};

constexpr std::array<uint8_t, 256> kEnds = [] {
  std::array<uint8_t, 256> ends{};
  for (int byte = 0; byte < 256; ++byte) {
    ends[byte] = byte <= ' ' ? kKeyEnd | kWordEnd : kSpaceEnd;
  }
  ends['='] |= kKeyEnd;
  ends['"'] |= kKeyEnd | kQuotedEnd;
  ends['\\'] |= kQuotedEnd;
  return ends;
}();

bool Is(char c, Ends ends) { return (kEnds[static_cast<uint8_t>(c)] & ends) != 0; }

absl::string_view Take(Ends end, absl::string_view* rest) {
  size_t length = 0;
  while (length < rest->size() && !Is((*rest)[length], end)) ++length;
  const absl::string_view taken = rest->substr(0, length);
  rest->remove_prefix(length);
  return taken;
}

bool Begins(absl::string_view text, char c) { return !text.empty() && text[0] == c; }

}  // namespace

bool LogfmtParser::Parse(absl::string_view line, std::vector<Member>* members) {
  members->clear();
  json_.clear();
  places_.clear();
  if (!ReadMembers(line)) return false;
  // Only now does the text lie still.
  const absl::string_view json = json_;
  for (const Place& place : places_) {
    members->push_back({place.key, json.substr(place.begin, place.end - place.begin),
                        json.substr(place.value, place.end - place.value)});
  }
  return true;
}

bool LogfmtParser::ReadMembers(absl::string_view line) {
  bool has_pair = false;
  while (true) {
    Take(kSpaceEnd, &line);
    if (line.empty()) return has_pair;
    if (places_.size() == kMostMembers) return false;

    const absl::string_view key = Take(kKeyEnd, &line);
    if (key.empty() || Begins(line, '"')) return false;
    if (!json_.empty()) json_ += ',';
    Place& place = places_.emplace_back();
    place.key = key;
    place.begin = json_.size();
    AppendString(key, &json_);
    json_ += ":\"";
    place.value = json_.size() - 1;
    if (Begins(line, '=')) {
      has_pair = true;
      line.remove_prefix(1);
      if (Begins(line, '"')) {
        line.remove_prefix(1);
        if (!ReadQuoted(&line)) return false;
      } else {
        AppendEscaped(Take(kWordEnd, &line), &json_);
      }
    }
    json_ += '"';
    place.end = json_.size();
  }
}

bool LogfmtParser::ReadQuoted(absl::string_view* rest) {
  while (true) {
    AppendEscaped(Take(kQuotedEnd, rest), &json_);
    if (rest->empty()) return false;
    if ((*rest)[0] == '"') {
      rest->remove_prefix(1);
      return rest->empty() || Is((*rest)[0], kWordEnd);
    }
    const JsonEscape escape = ReadEscape(*rest);
    if (escape.length == 0) {
      json_ += "\\\\";
      rest->remove_prefix(1);
    } else {
      const absl::string_view shown =
          escape.lone_surrogate ? kReplacementEscape : rest->substr(0, escape.length);
      json_.append(shown.data(), shown.size());
      rest->remove_prefix(escape.length);
    }
  }
}

}  // namespace mesos_executor::log_shipper
