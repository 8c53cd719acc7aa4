#include "sidecars/log_shipper/logfmt_parser.h"

#include "sidecars/log_shipper/json_text.h"

namespace mesos_executor::log_shipper {
namespace {

bool Separates(char c) { return static_cast<unsigned char>(c) <= ' '; }

absl::string_view TakeWord(absl::string_view* rest, bool (*ends)(char)) {
  size_t length = 0;
  while (length < rest->size() && !ends((*rest)[length])) ++length;
  const absl::string_view word = rest->substr(0, length);
  rest->remove_prefix(length);
  return word;
}

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
    TakeWord(&line, [](char c) { return !Separates(c); });
    if (line.empty()) return has_pair;
    if (places_.size() == kMostMembers) return false;

    const absl::string_view key =
        TakeWord(&line, [](char c) { return Separates(c) || c == '=' || c == '"'; });
    if (key.empty()) return false;
    if (!json_.empty()) json_ += ',';
    Place place = {key, json_.size(), 0, 0};
    AppendString(key, &json_);
    json_ += ':';
    place.value = json_.size();
    json_ += '"';
    if (!line.empty() && line[0] == '"') return false;
    if (!line.empty() && line[0] == '=') {
      has_pair = true;
      line.remove_prefix(1);
      if (!line.empty() && line[0] == '"') {
        line.remove_prefix(1);
        if (!ReadQuoted(&line)) return false;
      } else {
        AppendEscaped(TakeWord(&line, Separates), &json_);
      }
    }
    json_ += '"';
    place.end = json_.size();
    places_.push_back(place);
  }
}

bool LogfmtParser::ReadQuoted(absl::string_view* rest) {
  while (true) {
    AppendEscaped(TakeWord(rest, [](char c) { return c == '"' || c == '\\'; }), &json_);
    if (rest->empty()) return false;
    if ((*rest)[0] == '"') {
      rest->remove_prefix(1);
      return rest->empty() || Separates((*rest)[0]);
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
