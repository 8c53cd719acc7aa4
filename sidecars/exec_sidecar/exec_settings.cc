#include "sidecars/exec_sidecar/exec_settings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::exec_sidecar {
namespace {

using lifecycle::v1::Phase;

constexpr Phase kPhases[] = {lifecycle::v1::BEFORE_START,     lifecycle::v1::STARTED,
                             lifecycle::v1::HEALTHY,          lifecycle::v1::UNHEALTHY,
                             lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::TERMINATED};

absl::StatusOr<std::set<Phase>> ParsePhases(absl::string_view text) {
  std::set<Phase> phases;
  for (absl::string_view name : absl::StrSplit(text, absl::ByAnyChar(", "), absl::SkipEmpty())) {
    const Phase* const found = std::find_if(std::begin(kPhases), std::end(kPhases),
                                            [&](Phase p) { return PhaseName(p) == name; });
    if (found == std::end(kPhases)) {
      return absl::InvalidArgumentError(
          absl::StrCat("EXEC_PHASES: ", Quoted(name),
                       " is none of before-start, started, healthy, unhealthy, before-terminate, "
                       "terminated"));
    }
    phases.insert(*found);
  }
  if (phases.empty()) phases.insert(std::begin(kPhases), std::end(kPhases));
  return phases;
}

}  // namespace

absl::string_view PhaseName(Phase phase) {
  switch (phase) {
    case lifecycle::v1::BEFORE_START:
      return "before-start";
    case lifecycle::v1::STARTED:
      return "started";
    case lifecycle::v1::HEALTHY:
      return "healthy";
    case lifecycle::v1::UNHEALTHY:
      return "unhealthy";
    case lifecycle::v1::BEFORE_TERMINATE:
      return "before-terminate";
    case lifecycle::v1::TERMINATED:
      return "terminated";
    default:
      return "";
  }
}

absl::StatusOr<ExecSettings> ExecSettings::From(const sidecar::Settings& settings) {
  ExecSettings result;
  result.command = settings.Get("EXEC_COMMAND").value_or("");
  if (result.command.empty()) {
    return absl::InvalidArgumentError(
        "EXEC_COMMAND is not set: the command to run at each phase of a task");
  }
  auto phases = ParsePhases(settings.Get("EXEC_PHASES").value_or(""));
  if (!phases.ok()) return phases.status();
  result.phases = *std::move(phases);
  if (const auto text = settings.Get("EXEC_TIMEOUT"); text && !text->empty()) {
    const auto timeout = ParseDuration(*text);
    if (!timeout.ok() || *timeout <= absl::ZeroDuration()) {
      return absl::InvalidArgumentError(
          absl::StrCat("EXEC_TIMEOUT: ", Quoted(*text), " is not a duration such as 10s"));
    }
    result.timeout = *timeout;
  }
  return result;
}

}  // namespace mesos_executor::exec_sidecar
