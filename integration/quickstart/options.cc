#include "integration/quickstart/options.h"

#include <unistd.h>

#include <boost/program_options.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::quickstart {
namespace {

namespace po = boost::program_options;

// Makes the path absolute: the task is started in another folder.
absl::Status CheckProgram(const std::string& option, std::string* path) {
  if (path->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", option, " is missing: deploy/quickstart builds all programs and names them"));
  }
  std::error_code error;
  if (access(path->c_str(), X_OK) != 0 || !std::filesystem::is_regular_file(*path, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", option, ": '", *path, "' is not a program that can be run"));
  }
  *path = std::filesystem::absolute(*path, error);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  std::string run_for;
  po::options_description known;
  auto add = known.add_options();
  add("executor", po::value(&options.executor));
  add("sidecar", po::value(&options.sidecar));
  add("service", po::value(&options.service));
  add("for", po::value(&run_for));
  add("json", po::bool_switch(&options.json));
  add("help,h", po::bool_switch(&options.help));
  try {
    namespace style = po::command_line_style;
    po::variables_map values;
    po::store(po::command_line_parser(arguments)
                  .options(known)
                  .positional(po::positional_options_description())
                  .style(style::default_style & ~style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), "; see --help"));
  }
  if (options.help) return options;
  if (!run_for.empty()) {
    const auto duration = ParseDuration(run_for);
    if (!duration.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--for: ", duration.status().message()));
    }
    options.run_for = *duration;
  }
  for (auto [option, path] :
       {std::pair("executor", &options.executor), std::pair("sidecar", &options.sidecar),
        std::pair("service", &options.service)}) {
    if (absl::Status status = CheckProgram(option, path); !status.ok()) return status;
  }
  return options;
}

std::string HelpText() {
  return R"(Runs one task on this machine, from launch to clean end, and shows each step as it happens:

    agent -> executor -> the task, a small HTTP service
                      -> consul-registrar (sidecar) -> Consul

Usage: deploy/quickstart [--for 5s] [--json]

  --for D    Kill the task after it was up for D (such as 5s or 1m30s). Otherwise Ctrl-C kills it
             gracefully, and a second Ctrl-C shuts the executor down.
  --json     Print the timeline as JSON lines, and nothing else on stdout.
  --help     This text.

  --executor PATH, --sidecar PATH, --service PATH
             The programs mesos-executor, consul-registrar and http_service; deploy/quickstart
             builds and names them.

Environment:
  CONSUL_BIN The Consul to start; otherwise the one on PATH. Where there is none, an embedded
             stand-in keeps the same catalogue.
  NO_COLOR   If set: no colours. There are none either when stdout is not a terminal.

Exit code: 0 if every step happened, each seen at its source (the agent's updates, Consul's API,
the service, /proc); 1 if one did not, and the sandbox is then kept; 2 for a wrong argument.

Each JSON line has
  time       RFC 3339, UTC
  seconds    the same from the start
  source     agent, executor, sidecar, consul, task or quickstart
  kind       agent: process, call, event (what it sent), update (what it took)
             executor, sidecar: as in executor-timeline.jsonl (state, phase, check, agent, process)
             consul: service, detail     task: process, answer
             quickstart: note, problem, step
  name       what happened, such as TASK_RUNNING or before-start
and, where they are known,
  outcome    such as ok, failed, healthy, passing
  ms         how long it took
  message    for people
The last lines are the steps, kind "step", outcome "ok" or "failed".
)";
}

}  // namespace mesos_executor::quickstart
