#include "sidecars/runtime/main.h"

#include <errno.h>
#include <glog/logging.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <utility>

#include "sidecars/runtime/serve.h"
#include "sidecars/runtime/service_notifier.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/logging.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/base/version.h"

namespace mesos_executor::sidecar {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// Best effort: when memory is short, a private sidecar should go before its executor and the task.
// Only before HideMemory is the file our own user's (proc(5)).
void OfferToOomKiller() { std::ofstream("/proc/self/oom_score_adj") << 1000; }

// Credentials are in our memory: no core file, and no debugger but root's (prctl(2),
// PR_SET_DUMPABLE).
void HideMemory() {
  const rlimit none = {0, 0};
  PCHECK(setrlimit(RLIMIT_CORE, &none) == 0);
  PCHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
}

// Each supervisor of the host takes three descriptors: its connection, its pidfd, and a second one
// for the watch of its task.
void RaiseFileLimit() {
  rlimit limit;
  PCHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  PCHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

absl::StatusOr<Settings> ReadSettings(const std::optional<int>& fd) {
  if (fd) {
    const UniqueFd owned(*fd);
    return Settings::FromDescriptor(owned.get());
  }
  Settings settings(Environment::FromBlock(environ));
  OverwriteSecrets(environ);
  return settings;
}

absl::Status Serve(const SidecarInfo& info, const Options& options, HandlerFactory& factory) {
  // First, before descriptors are opened, and before secrets are gone from the environment.
  const Environment environment = Environment::FromBlock(environ);
  auto sockets = InheritedSockets::Take(environment, getpid());
  if (!sockets.ok()) return sockets.status();
  const auto settings = ReadSettings(options.settings_fd);
  if (!settings.ok()) return settings.status();
  AsioEventLoop loop;
  Metrics metrics;
  const auto make = [&](Memory* memory) {
    return factory({&loop, memory, &metrics, &*sockets, *settings, options});
  };
  if (options.private_fd) return ServePrivate(&loop, info.name, options, make);
  ServiceNotifier notifier(&loop, environment, getpid());
  return ServeHost({&loop, info.name, options, &*sockets, &metrics, &notifier}, make);
}

}  // namespace

int SidecarMain(int argc, char** argv, const SidecarInfo& info, HandlerFactory factory) {
  const absl::StatusOr<Options> options = ParseOptions(argc, argv, info);
  if (!options.ok()) {
    std::cerr << info.name << ": " << options.status().message() << "; --help lists the options\n";
    return kWrongUsage;
  }
  if (options->help) {
    std::cout << HelpText(info);
    return 0;
  }
  if (options->version) {
    std::cout << info.name << " " << kVersion << "\n";
    return 0;
  }
  // A private sidecar shares its executor's stderr.
  StartLogging(argv[0], options->debug);
  if (options->private_fd) OfferToOomKiller();
  HideMemory();
  RaiseFileLimit();
  signal(SIGPIPE, SIG_IGN);

  const absl::Status status = Serve(info, *options, factory);
  if (status.ok()) return 0;
  std::cerr << info.name << ": " << status.message() << "\n";
  return kFailed;
}

}  // namespace mesos_executor::sidecar
