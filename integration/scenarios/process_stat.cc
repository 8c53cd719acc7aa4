#include "integration/scenarios/process_stat.h"

#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos_executor {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// SIGKILL among the pending signals, of the process or of its first thread (proc(5)).
bool KillPending(const std::string& status) {
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (!absl::ConsumePrefix(&line, "SigPnd:\t") && !absl::ConsumePrefix(&line, "ShdPnd:\t")) {
      continue;
    }
    uint64_t signals = 0;
    if (absl::SimpleHexAtoi(line, &signals) && (signals >> (SIGKILL - 1) & 1) != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<ProcessStat> StatProcess(pid_t pid) {
  const std::string folder = absl::StrCat("/proc/", pid);
  const std::string text = Read(folder + "/stat");
  const std::string status = Read(folder + "/status");
  struct stat owner;
  // The name may hold spaces and brackets: the last bracket ends it.
  const size_t name = text.find('('), end = text.rfind(')');
  if (end == text.npos || stat(folder.c_str(), &owner) != 0) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(text.substr(end + 2), ' ');
  // proc(5) counts from 1, and these begin with its field 3: state, ppid, ..., flags (9), ...,
  // starttime (22).
  constexpr unsigned kExiting = 0x4;
  unsigned flags = 0;
  ProcessStat process = {
      .pid = pid, .name = text.substr(name + 1, end - name - 1), .user = owner.st_uid};
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[1], &process.parent) ||
      !absl::SimpleAtoi(fields[6], &flags) || !absl::SimpleAtoi(fields[19], &process.start_time)) {
    return std::nullopt;
  }
  process.state = fields[0][0];
  process.dying = process.dead() || (flags & kExiting) != 0 || KillPending(status);
  return process;
}

}  // namespace mesos_executor
