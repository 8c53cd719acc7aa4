#include "supervisor/process/own_cgroup.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "supervisor/process/bounded_file.h"

namespace mesos_executor::process {
namespace {

// Hosts of many containers have thousands of mounts, of some 200 bytes each.
constexpr size_t kMaxMounts = 4 << 20;
constexpr size_t kMaxCgroups = 64 << 10;

bool Lists(absl::string_view list, absl::string_view word) {
  const std::vector<absl::string_view> words = absl::StrSplit(list, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Lines of "hierarchy:controllers:path"; that of v2 is "0::path".
std::optional<absl::string_view> PathIn(absl::string_view cgroups, absl::string_view controller) {
  for (absl::string_view line : absl::StrSplit(cgroups, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    if (controller.empty() ? fields[0] == "0" : Lists(fields[1], controller)) return fields[2];
  }
  return std::nullopt;
}

// Blanks and backslashes of a path are written as three octal digits.
std::string Unescape(absl::string_view field) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string path;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size() && octal(field[i + 1]) && octal(field[i + 2]) &&
        octal(field[i + 3])) {
      path += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
                                (field[i + 3] - '0'));
      i += 3;
    } else {
      path += field[i];
    }
  }
  return path;
}

// `path` below the mount of one line, if it is a mount of the hierarchy and shows that part.
std::optional<std::string> FolderAt(absl::string_view mount, absl::string_view controller,
                                    absl::string_view path) {
  // id, parent, device, root, mount point, options, any number of tags, "-", type, source, options
  // of the file system.
  const std::vector<std::string> halves = absl::StrSplit(mount, absl::MaxSplits(" - ", 1));
  if (halves.size() != 2) return std::nullopt;
  const std::vector<absl::string_view> place = absl::StrSplit(halves[0], ' ');
  const std::vector<absl::string_view> kind = absl::StrSplit(halves[1], ' ');
  if (place.size() < 6 || kind.size() != 3) return std::nullopt;
  const bool wanted =
      controller.empty() ? kind[0] == "cgroup2" : kind[0] == "cgroup" && Lists(kind[2], controller);
  if (!wanted) return std::nullopt;
  const std::string root = Unescape(place[3]);
  if (root != "/" && !absl::ConsumePrefix(&path, root)) return std::nullopt;
  // Another folder that only begins like the root; a namespace whose root isn't above us.
  if (!path.empty() && path[0] != '/') return std::nullopt;
  if (absl::StartsWith(path, "/..")) return std::nullopt;
  return absl::StrCat(Unescape(place[4]), path == "/" ? "" : path);
}

}  // namespace

absl::StatusOr<std::string> OwnCgroup(absl::string_view controller, const std::string& proc_self) {
  const absl::StatusOr<std::string> cgroups =
      ReadBoundedFile(absl::StrCat(proc_self, "/cgroup"), kMaxCgroups);
  if (!cgroups.ok()) return cgroups.status();
  const std::string hierarchy =
      controller.empty() ? "cgroup v2" : absl::StrCat("cgroup v1 of ", controller);
  const std::optional<absl::string_view> path = PathIn(*cgroups, controller);
  if (!path) return absl::NotFoundError(absl::StrCat("no ", hierarchy, " here"));
  const absl::StatusOr<std::string> mounts =
      ReadBoundedFile(absl::StrCat(proc_self, "/mountinfo"), kMaxMounts);
  if (!mounts.ok()) return mounts.status();
  for (absl::string_view mount : absl::StrSplit(*mounts, '\n')) {
    if (std::optional<std::string> folder = FolderAt(mount, controller, *path)) {
      return *std::move(folder);
    }
  }
  return absl::NotFoundError(absl::StrCat(hierarchy, ": ", *path, " is not mounted"));
}

}  // namespace mesos_executor::process
