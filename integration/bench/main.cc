// bench: the rows of the budget table, from one run, beside the limits of the machine and, with
// --peer, another executor.
#include <unistd.h>

#include <boost/program_options.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "integration/bench/executor_life.h"
#include "integration/bench/limits.h"
#include "integration/bench/table.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/free_port/free_port.h"

namespace mesos_executor::bench {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

struct Options {
  std::string peer;
  int lives = 50;
  int watches = 3;
  int seconds = 10;
};

std::string Data(const char* place) {
  // Under `bazel run` the working directory is that of the runfiles.
  return fs::absolute(place);
}

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

// Ours as the bundle has it: stripped, with its sidecars beside it.
class Bundle {
 public:
  Bundle() {
    std::string folder = "/tmp/bench-bundle.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    const std::string command =
        absl::StrCat("tar -C '", folder_, "' -xzf '", Data("deploy/mesos-executor.tar.gz"), "'");
    if (std::system(command.c_str()) != 0) {
      std::fprintf(stderr, "bench: cannot unpack the bundle\n");
    }
    // Pages of a file that aren't on disk yet count as dirty memory of whoever runs it.
    sync();
  }
  ~Bundle() {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  std::string executor() const { return folder_ + "/mesos-executor/mesos-executor"; }

 private:
  std::string folder_;
};

bool Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench: %s\n", std::string(status.message()).c_str());
  return false;
}

// Short lives: ours, the peer's and the bare one in turn, so that a noisy moment hurts all alike.
bool MeasureLives(const Options& options, const std::string& executor, std::vector<Row>* rows) {
  Row subscribe{.name = "exec → SUBSCRIBE at the agent",
                .unit = "ms",
                .goal = 5,
                .limit_name = "an empty program"};
  Row running{.name = "LAUNCH → TASK_RUNNING, no sidecar",
              .unit = "ms",
              .goal = 1.5,
              .limit_name = "bare fork+exec"};
  Row killed{.name = "KILL → TASK_KILLED, dies on SIGTERM",
             .unit = "ms",
             .goal = 5,
             .limit_name = "bare kill+wait"};
  Row checked{.name = "a check command's start, with its shim",
              .unit = "ms",
              .goal = 5,
              .limit_name = "bare fork+exec"};
  Row cleared{.name = "SIGTERM → nothing of its tree left",
              .unit = "ms",
              .goal = 1,
              .limit_name = "bare kill+wait"};
  Row dirty{.name = "private dirty, with shim, no sidecar",
            .unit = "MB",
            .goal = 1,
            .limit_name = "an empty program"};
  Row rss{.name = "RSS", .unit = "MB", .goal = 8, .limit_name = "an empty program"};
  for (int i = 0; i < options.lives; ++i) {
    std::fprintf(stderr, "\rlife %d of %d ", i + 1, options.lives);
    const auto bare = LiveBare(Data("integration/bench/empty"));
    if (!bare.ok()) return Fail(bare.status());
    subscribe.limit.push_back(Milliseconds(bare->start));
    running.limit.push_back(Milliseconds(bare->start));
    killed.limit.push_back(Milliseconds(bare->kill));
    const auto shimmed =
        LiveUnderShim(Data("integration/bench/tree_life"), Data("integration/bench/empty"));
    if (!shimmed.ok()) return Fail(shimmed.status());
    checked.limit.push_back(Milliseconds(bare->start));
    checked.ours.push_back(Milliseconds(shimmed->start));
    cleared.limit.push_back(Milliseconds(bare->kill));
    cleared.ours.push_back(Milliseconds(shimmed->kill));
    dirty.limit.push_back(bare->memory.private_dirty_mb);
    rss.limit.push_back(bare->memory.rss_mb);
    const auto add = [&](const std::string& path, Samples Row::*column) {
      const auto life = LiveUnderAgent({.executor = path});
      if (!life.ok()) return Fail(life.status());
      (subscribe.*column).push_back(Milliseconds(life->exec_to_subscribe));
      (running.*column).push_back(Milliseconds(life->launch_to_running));
      (killed.*column).push_back(Milliseconds(life->kill_to_killed));
      (dirty.*column).push_back(life->memory.private_dirty_mb);
      (rss.*column).push_back(life->rss_mb);
      return true;
    };
    if (!add(executor, &Row::ours)) return false;
    if (!options.peer.empty() && !add(options.peer, &Row::peer)) return false;
  }
  for (Row* row : {&subscribe, &running, &killed, &checked, &cleared, &dirty, &rss})
    rows->push_back(*row);
  return true;
}

// Long looks at an executor that has nothing to do, or only its check.
bool MeasureIdle(const Options& options, const std::string& executor, std::vector<Row>* rows) {
  Row idle{.name = "wake-ups, idle, no sidecar", .unit = "1/s", .goal = 0.1};
  Row checked{.name = "CPU with an HTTP check each second", .unit = "ms/s", .goal = 0.5};
  Row streaming{.name = "wake-ups, check each second, one stream", .unit = "1/s", .goal = 5};
  Row dirty{.name = "private dirty, with shim, one stream", .unit = "MB", .goal = 1.6};
  fake_consul::FakeConsul consul;
  const absl::StatusOr<uint16_t> port = FreePort();
  if (!port.ok()) return Fail(port.status());
  const std::string service =
      absl::StrCat("exec ", Data("integration/testtasks/http_service/http_service"));
  for (int i = 0; i < options.watches; ++i) {
    std::fprintf(stderr, "\rwatching, %d of %d ", i + 1, options.watches);
    const absl::Duration watch = absl::Seconds(options.seconds);
    const auto add = [&](const std::string& path, Samples Row::*column) {
      const auto quiet = LiveUnderAgent({.executor = path, .watch = watch});
      if (!quiet.ok()) return Fail(quiet.status());
      (idle.*column).push_back(quiet->waits);
      const auto busy = LiveUnderAgent(
          {.executor = path, .command = service, .checked_port = *port, .watch = watch});
      if (!busy.ok()) return Fail(busy.status());
      (checked.*column).push_back(Milliseconds(busy->cpu));
      return true;
    };
    if (!add(executor, &Row::ours)) return false;
    if (!options.peer.empty() && !add(options.peer, &Row::peer)) return false;
    const auto attached = LiveUnderAgent({.executor = executor,
                                          .command = service,
                                          .checked_port = *port,
                                          .consul = consul.address(),
                                          .watch = watch});
    if (!attached.ok()) return Fail(attached.status());
    streaming.ours.push_back(attached->waits);
    dirty.ours.push_back(attached->memory.private_dirty_mb);
  }
  for (Row* row : {&idle, &checked, &streaming, &dirty}) rows->push_back(*row);
  return true;
}

void MeasureSize(const Options& options, const std::string& executor, std::vector<Row>* rows) {
  Row size{.name = "the supervisor's binary, stripped", .unit = "MB", .goal = 12};
  const auto megabytes = [](const std::string& path) {
    return static_cast<double>(fs::file_size(path)) / 1e6;
  };
  size.ours.push_back(megabytes(executor));
  if (!options.peer.empty()) size.peer.push_back(megabytes(options.peer));
  rows->push_back(size);
}

int Run(const Options& options) {
  const Bundle bundle;
  std::vector<Row> rows;
  const bool measured = MeasureLives(options, bundle.executor(), &rows) &&
                        MeasureIdle(options, bundle.executor(), &rows);
  if (measured) MeasureSize(options, bundle.executor(), &rows);
  std::fprintf(stderr, "\r%60s\r", "");
  std::printf("%d lives and %d watches of %d s; median (least–most)\n%s", options.lives,
              options.watches, options.seconds, Format(rows, !options.peer.empty()).c_str());
  const std::vector<std::string> missing = Unmeasured(rows);
  if (measured && missing.empty()) return 0;
  std::fprintf(stderr, "bench: FAILED: not everything was measured%s%s\n",
               missing.empty() ? "" : ": ", absl::StrJoin(missing, ", ").c_str());
  return 1;
}

}  // namespace
}  // namespace mesos_executor::bench

int main(int argc, char** argv) {
  using namespace mesos_executor::bench;
  Options options;
  po::options_description flags(
      "bench: measures the supervisor beside the limits of this machine (as root, optimised)\n\n"
      "  bazel run -c opt //integration/bench -- [--peer PATH]\n\nOptions");
  flags.add_options()("help", "this text")(
      "peer", po::value(&options.peer),
      "path of another executor that speaks the v1 API in protobuf")(
      "lives", po::value(&options.lives)->default_value(options.lives),
      "how many lives each executor lives")(
      "watches", po::value(&options.watches)->default_value(options.watches),
      "how often an idle executor is watched")(
      "seconds", po::value(&options.seconds)->default_value(options.seconds),
      "how long, each time");
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, flags), values);
    po::notify(values);
    if (values.count("help") > 0) {
      std::ostringstream text;
      text << flags;
      std::fputs(text.str().c_str(), stdout);
      return 0;
    }
  } catch (const po::error& error) {
    std::fprintf(stderr, "bench: %s; see --help\n", error.what());
    return 2;
  }
  if (options.lives < 1 || options.watches < 1 || options.seconds < 1) {
    std::fprintf(stderr, "bench: --lives, --watches and --seconds take whole numbers from 1\n");
    return 2;
  }
  return Run(options);
}
