#include "supervisor/process/program_path.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::process {

std::vector<std::string> ProgramCandidates(const std::string& program,
                                           const std::vector<std::string>& environment) {
  if (program.empty() || absl::StrContains(program, '/')) return {program};
  constexpr absl::string_view kName = "PATH=";
  absl::string_view path = "/bin:/usr/bin";
  for (absl::string_view variable : environment) {
    if (!absl::StartsWith(variable, kName)) continue;
    path = variable.substr(kName.size());
    break;
  }
  std::vector<std::string> candidates;
  for (absl::string_view folder : absl::StrSplit(path, ':')) {
    candidates.push_back(folder.empty() ? program : absl::StrCat(folder, "/", program));
  }
  return candidates;
}

}  // namespace mesos_executor::process
