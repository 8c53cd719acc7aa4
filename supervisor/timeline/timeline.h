// The supervisor's timeline: what happened to the task and when, as JSON lines in a bounded file of
// the sandbox.
#ifndef SUPERVISOR_TIMELINE_TIMELINE_H_
#define SUPERVISOR_TIMELINE_TIMELINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

// Names as in the file: state (an update was made), phase (a sidecar answered or a phase ended),
// check (a result of the health check that differs from the one before), agent (the connection),
// process (the task's processes).
enum class TimelineKind { kState, kPhase, kCheck, kAgent, kProcess };

struct TimelineEntry {
  TimelineKind kind = TimelineKind::kState;
  std::string name;
  std::string sidecar;
  std::string outcome;
  std::optional<absl::Duration> took;
  std::string message;
  // Belongs to the task's end: recorded even where the timeline is full of what came before.
  bool end = false;
};

// One JSON object without the newline: {time, seq, kind, name, sidecar?, outcome?, ms?, message?}.
// Pure.
std::string EncodeTimelineEntry(const TimelineEntry& entry, absl::Time time, uint64_t seq);

// Appends to the file. A full disk or a missing sandbox loses lines and nothing else.
class Timeline {
 public:
  static constexpr size_t kMaxBytes = 1 << 20;

  // A timeline that goes nowhere.
  Timeline() = default;
  // Opens `path` for appending; errors name it.
  static absl::StatusOr<Timeline> Open(const std::string& path, size_t max_bytes = kMaxBytes);

  // A task's life may have any number of entries: they stop at the bound, and a line says so. Those
  // of its end are few and have as much again.
  void Add(const TimelineEntry& entry, absl::Time time);

 private:
  Timeline(UniqueFd file, size_t max_bytes) : file_(std::move(file)), max_bytes_(max_bytes) {}
  void Write(const std::string& line);

  UniqueFd file_;
  size_t max_bytes_ = 0;
  size_t bytes_ = 0;
  uint64_t seq_ = 0;
  bool said_full_ = false;
  // The last line was cut short.
  bool torn_ = false;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_TIMELINE_TIMELINE_H_
