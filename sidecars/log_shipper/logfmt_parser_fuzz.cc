// Any line as logfmt: its entry is one JSON object, whose values are texts.
#include <glog/logging.h>

#include "sidecars/log_shipper/entry_check.h"
#include "sidecars/log_shipper/logfmt_parser.h"

namespace mesos_executor::log_shipper {
namespace {

void Test(absl::string_view line) {
  if (line.find('\n') != line.npos) return;
  LogfmtParser parser;
  bool parsed;
  const nlohmann::json entry = CheckedEntry(&parser, line, &parsed);
  if (line.empty()) return;
  CHECK(entry.is_object()) << "there is no number that could be too large";
  if (!parsed) return;
  CHECK(line.find('=') != line.npos);
  for (const auto& [key, value] : entry.items()) {
    CHECK(value.is_string() || key == "scid" || key == "@version") << line;
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::log_shipper::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
