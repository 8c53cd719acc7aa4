// What holds for each entry, whatever the line was.
#ifndef SIDECARS_LOG_SHIPPER_ENTRY_CHECK_H_
#define SIDECARS_LOG_SHIPPER_ENTRY_CHECK_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "sidecars/log_shipper/line_parser.h"

namespace mesos_executor::log_shipper {

// Whether another parser takes it for JSON: nothing if it can't say, as a number is too large for
// it.
std::optional<bool> IsJson(absl::string_view text);

// Makes the line's entry, as text where the parser refuses it. Dies unless it is one JSON object,
// one line, and no longer than it may be. The entry, or null where a number is too large to read.
nlohmann::json CheckedEntry(LineParser* parser, absl::string_view line, bool* parsed);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_ENTRY_CHECK_H_
