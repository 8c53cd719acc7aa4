// Any line as JSON: it is taken if another parser takes it, its entry is one JSON object, and the
// values are those that the other parser sees.
#include <glog/logging.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "sidecars/log_shipper/entry_check.h"
#include "sidecars/log_shipper/json_parser.h"

namespace mesos_executor::log_shipper {
namespace {

using nlohmann::json;

constexpr absl::string_view kNotAsTheyAre[] = {
    "@timestamp", "time", "@version", "message", "msg", "scid", "instance-id", "srchost", "ignored",
};

void Test(absl::string_view line) {
  // Its newlines are the splitter's.
  if (line.find('\n') != line.npos) return;
  JsonParser parser;
  bool parsed;
  const json entry = CheckedEntry(&parser, line, &parsed);
  // The other parser passes over a byte order mark, and takes a NUL for the end.
  if (absl::StartsWith(line, "\xEF") || line.find('\0') != line.npos) return;
  const json object = json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object()) return;
  const auto opening = [](char c) { return c == '{' || c == '['; };
  const bool within_bounds =
      std::count_if(line.begin(), line.end(), opening) <= JsonParser::kDeepest &&
      std::count(line.begin(), line.end(), ':') <= ptrdiff_t{LineParser::kMostMembers};
  if (within_bounds) CHECK(parsed) << line;
  if (!parsed) return;
  for (const auto& [key, value] : object.items()) {
    if (std::find(std::begin(kNotAsTheyAre), std::end(kNotAsTheyAre), key) !=
        std::end(kNotAsTheyAre)) {
      continue;
    }
    CHECK_EQ(entry.at(key), value) << line;
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::log_shipper::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
