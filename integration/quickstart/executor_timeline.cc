#include "integration/quickstart/executor_timeline.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace mesos_executor::quickstart {
namespace {

// The string of that key, or "".
std::string Text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

absl::StatusOr<Event> ParseExecutorLine(absl::string_view line) {
  const nlohmann::json json = nlohmann::json::parse(line.begin(), line.end(), nullptr,
                                                    /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError("the executor's timeline has a line that is no JSON object");
  }
  Event event;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, Text(json, "time"), &event.time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the executor's timeline has a line without a time: ", error));
  }
  event.kind = Text(json, "kind");
  event.name = Text(json, "name");
  if (event.kind.empty() || event.name.empty()) {
    return absl::InvalidArgumentError("the executor's timeline has a line without kind or name");
  }
  event.outcome = Text(json, "outcome");
  event.message = Text(json, "message");
  if (const auto ms = json.find("ms"); ms != json.end() && ms->is_number()) {
    event.took = absl::Milliseconds(ms->get<double>());
  }
  event.source = Source::kExecutor;
  if (const std::string sidecar = Text(json, "sidecar"); !sidecar.empty()) {
    event.source = Source::kSidecar;
    event.message = absl::StrCat(sidecar, event.message.empty() ? "" : ": ", event.message);
  }
  return event;
}

}  // namespace mesos_executor::quickstart
