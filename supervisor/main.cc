// mesos-executor: the supervisor of one task, started by a Mesos agent as the task's executor.
#include <glog/logging.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/logging.h"
#include "supervisor/base/version.h"
#include "supervisor/configuration.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/shim.h"
#include "supervisor/supervisor.h"
#include "supervisor/timeline/timeline.h"

namespace mesos_executor {
namespace {

constexpr char kHelp[] =
    R"(mesos-executor runs one task of Apache Mesos: it is started by a Mesos agent as the task's executor,
speaks the agent's v1 HTTP API, runs and kills the task's processes, checks its health, and tells sidecars
(such as consul-registrar, beside this file) of each phase of the task's life.

It takes its orders from the environment that the agent sets (MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID,
MESOS_AGENT_ENDPOINT, ...) and its settings from variables that start with ALLEGRO_EXECUTOR_; README.md beside this
file lists them. In Marathon, name it as the app's executor: ./mesos-executor/mesos-executor

  --help     this text
  --version  name and version

To try it without Mesos: deploy/quickstart, or dev-agent run --executor ./mesos-executor -- COMMAND
)";

// What a person may have typed. Under an agent no argument counts: after Marathon's prefix the
// task's words are our argv.
int AnswerPerson(int argc, char** argv) {
  const absl::string_view argument = argc > 1 ? argv[1] : "";
  if (argument == "--help" || argument == "-h") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (argument == "--version") {
    std::printf("mesos-executor %s\n", kVersion);
    return 0;
  }
  if (!argument.empty() && argument[0] == '-') {
    std::fprintf(stderr, "mesos-executor: unknown option %s; see mesos-executor --help\n", argv[1]);
    return 2;
  }
  std::fputs(
      "mesos-executor: MESOS_FRAMEWORK_ID is not set. A Mesos agent starts this program as a "
      "task's executor; see "
      "mesos-executor --help\n",
      stderr);
  return 1;
}

int Supervise(const Environment& environment) {
  absl::StatusOr<Configuration> configuration = Configuration::FromEnvironment(environment);
  if (!configuration.ok()) {
    LOG(ERROR) << configuration.status().message();
    return 1;
  }
  if (configuration->debug) FLAGS_v = 1;
  for (const std::string& warning : configuration->warnings) LOG(WARNING) << warning;

  // Nothing above starts a thread: the shim must be forked before any.
  absl::StatusOr<process::Shim> shim = process::ForkShim();
  if (!shim.ok()) {
    LOG(ERROR) << "Cannot start the shim: " << shim.status().message();
    return 1;
  }
  AsioEventLoop loop;
  absl::StatusOr<std::unique_ptr<process::ChildReaper>> reaper =
      process::ChildReaper::Create(&loop);
  if (!reaper.ok()) {
    LOG(ERROR) << "Cannot watch children: " << reaper.status().message();
    return 1;
  }
  absl::StatusOr<Timeline> timeline =
      Timeline::Open(configuration->sandbox + "/executor-timeline.jsonl");
  if (!timeline.ok())
    LOG(WARNING) << "Going on without a timeline: " << timeline.status().message();
  Supervisor supervisor(&loop, reaper->get(), *std::move(shim), *std::move(configuration),
                        environment, timeline.ok() ? *std::move(timeline) : Timeline());
  const auto signals = WatchSignals(&loop, {SIGTERM, SIGINT},
                                    [&](int signal) { supervisor.OnTerminationSignal(signal); });
  if (!signals.ok()) {
    LOG(ERROR) << "Cannot watch signals: " << signals.status().message();
    return 1;
  }
  // A peer that hangs up is an error of the write, not the end of us.
  signal(SIGPIPE, SIG_IGN);
  return supervisor.Run();
}

}  // namespace
}  // namespace mesos_executor

int main(int argc, char** argv) {
  mesos_executor::process::BecomeShimIfStartedAsOne(argc, argv);
  using mesos_executor::Environment;
  const Environment environment = Environment::FromBlock(environ);
  if (!environment.Get("MESOS_FRAMEWORK_ID").has_value())
    return mesos_executor::AnswerPerson(argc, argv);
  // Tokens are for the processes that need them: not for whoever reads our /proc/PID/environ,
  // memory or core.
  mesos_executor::OverwriteSecrets(environ);
  prctl(PR_SET_DUMPABLE, 0);
  mesos_executor::StartLogging(argv[0], false);
  // Threads of gRPC may still run: no destructors of static objects under them.
  _exit(mesos_executor::Supervise(environment));
}
