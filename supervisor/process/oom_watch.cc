#include "supervisor/process/oom_watch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "supervisor/process/bounded_file.h"
#include "supervisor/process/own_cgroup.h"

namespace mesos_executor::process {
namespace {

constexpr size_t kMaxSize = 4096;

// Of lines "name number".
std::optional<int64_t> ReadCount(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadBoundedFile(file, kMaxSize);
  if (!text.ok()) return std::nullopt;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    int64_t count;
    if (absl::ConsumePrefix(&line, "oom_kill ") && absl::SimpleAtoi(line, &count)) return count;
  }
  return std::nullopt;
}

// Of v2: our own cgroup's, or that of the container whose leaf it is (Mesos puts executors into
// leaves). Farther up it would be other containers' too.
std::optional<std::string> FindUnified(const std::string& proc_self) {
  const absl::StatusOr<std::string> own = OwnCgroup("", proc_self);
  if (!own.ok()) return std::nullopt;
  absl::string_view container = *own;
  const bool leaf = absl::ConsumeSuffix(&container, "/leaf");
  for (const absl::string_view folder : {absl::string_view(*own), container}) {
    std::string file = absl::StrCat(folder, "/memory.events");
    if (ReadCount(file)) return file;
    if (!leaf) break;
  }
  return std::nullopt;
}

std::optional<std::string> FindFile(const std::string& proc_self) {
  const absl::StatusOr<std::string> own = OwnCgroup("memory", proc_self);
  if (own.ok()) return absl::StrCat(*own, "/memory.oom_control");
  return FindUnified(proc_self);
}

}  // namespace

OomWatch OomWatch::Open(const std::string& proc_self) {
  std::string file = FindFile(proc_self).value_or("");
  const int64_t before = ReadCount(file).value_or(0);
  return OomWatch(std::move(file), before);
}

int64_t OomWatch::Kills() const {
  return file_.empty() ? 0 : std::max<int64_t>(0, ReadCount(file_).value_or(0) - before_);
}

}  // namespace mesos_executor::process
