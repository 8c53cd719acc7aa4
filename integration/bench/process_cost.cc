#include "integration/bench/process_cost.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::bench {
namespace {

// The number behind "name:" in a file of such lines.
absl::StatusOr<double> Field(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    double value;
    if (word == name + ":" && file >> value) return value;
  }
  return absl::NotFoundError(absl::StrCat("no ", name, " in ", path, " (run it as root)"));
}

}  // namespace

absl::StatusOr<MemoryCost> MemoryOf(const std::vector<pid_t>& processes) {
  MemoryCost cost;
  for (const pid_t pid : processes) {
    const std::string rollup = absl::StrCat("/proc/", pid, "/smaps_rollup");
    const auto dirty = Field(rollup, "Private_Dirty");
    if (!dirty.ok()) return dirty.status();
    const auto rss = Field(rollup, "Rss");
    if (!rss.ok()) return rss.status();
    cost.private_dirty_mb += *dirty / 1024;
    cost.rss_mb += *rss / 1024;
  }
  return cost;
}

absl::StatusOr<TimeCost> TimeOf(const std::vector<pid_t>& processes) {
  TimeCost cost;
  for (const pid_t pid : processes) {
    std::error_code error;
    const std::string tasks = absl::StrCat("/proc/", pid, "/task");
    for (const auto& thread : std::filesystem::directory_iterator(tasks, error)) {
      const auto waits = Field(thread.path() / "status", "voluntary_ctxt_switches");
      if (!waits.ok()) return waits.status();
      cost.waits += *waits;
      double nanoseconds;
      if (!(std::ifstream(thread.path() / "schedstat") >> nanoseconds)) {
        return absl::NotFoundError(
            absl::StrCat("cannot read ", thread.path().string(), "/schedstat"));
      }
      cost.cpu += absl::Nanoseconds(nanoseconds);
    }
    if (error) return absl::NotFoundError(absl::StrCat("cannot list ", tasks));
  }
  return cost;
}

}  // namespace mesos_executor::bench
