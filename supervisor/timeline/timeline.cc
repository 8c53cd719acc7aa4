#include "supervisor/timeline/timeline.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

const char* Name(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::kState:
      return "state";
    case TimelineKind::kPhase:
      return "phase";
    case TimelineKind::kCheck:
      return "check";
    case TimelineKind::kAgent:
      return "agent";
    case TimelineKind::kProcess:
      return "process";
  }
  return "unknown";
}

}  // namespace

std::string EncodeTimelineEntry(const TimelineEntry& entry, absl::Time time, uint64_t seq) {
  nlohmann::ordered_json json;
  json["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
  json["seq"] = seq;
  json["kind"] = Name(entry.kind);
  json["name"] = entry.name;
  if (!entry.sidecar.empty()) json["sidecar"] = entry.sidecar;
  if (!entry.outcome.empty()) json["outcome"] = entry.outcome;
  if (entry.took) json["ms"] = absl::ToInt64Microseconds(*entry.took) / 1000.0;
  if (!entry.message.empty()) json["message"] = entry.message;
  // Messages may hold bytes from outside.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::StatusOr<Timeline> Timeline::Open(const std::string& path, size_t max_bytes) {
  UniqueFd file(open(path.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!file.valid())
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open the timeline ", path));
  struct stat info;
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the timeline ", path, " is not a regular file"));
  }
  return Timeline(std::move(file), max_bytes);
}

void Timeline::Add(const TimelineEntry& entry, absl::Time time) {
  if (!file_.valid()) return;
  const size_t bound = entry.end ? 2 * max_bytes_ : max_bytes_;
  if (bytes_ >= bound) return;
  Write(EncodeTimelineEntry(entry, time, ++seq_));
  if (bytes_ >= max_bytes_ && !std::exchange(said_full_, true)) {
    Write(EncodeTimelineEntry({.kind = TimelineKind::kProcess,
                               .name = "timeline-full",
                               .message = "nothing more is recorded before the task's end"},
                              time, ++seq_));
  }
}

void Timeline::Write(const std::string& line) {
  const std::string whole = absl::StrCat(torn_ ? "\n" : "", line, "\n");
  bytes_ += whole.size();
  // One write of an O_APPEND file; what is lost here is only lost from the timeline.
  const ssize_t written = write(file_.get(), whole.data(), whole.size());
  torn_ = written > 0 ? static_cast<size_t>(written) < whole.size() : torn_;
}

}  // namespace mesos_executor
