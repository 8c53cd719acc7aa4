// The log path measured: ours, rsyslog's, and the least that this machine could need for it.
#include <unistd.h>

#include <boost/program_options.hpp>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/bench/log/other_ways.h"
#include "integration/bench/log/shipped_life.h"
#include "integration/bench/table.h"

namespace mesos_executor::bench {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

struct Options {
  uint64_t lines = 1'000'000;
  int runs = 3;
  int single_lines = 30;
};

bool Fail(const absl::Status& status) {
  std::fprintf(stderr, "bench: %s\n", std::string(status.message()).c_str());
  return false;
}

bool Measure(const Options& options, const std::string& folder, std::vector<Row>* rows) {
  // Under `bazel run` the working directory is that of the runfiles.
  const LogPrograms programs = {
      .executor = fs::absolute("supervisor/mesos-executor"),
      .shipper = fs::absolute("sidecars/log_shipper/log-shipper"),
      .writer = fs::absolute("integration/log_shipper/numbered_lines"),
      .sink = fs::absolute("integration/receiver/sink"),
  };
  Row cpu{.name = "CPU a million lines of JSON", .unit = "s", .goal = 1};
  cpu.limit_name = "read, send, parse, write";
  Row rate{.name = "lines a second, shipped", .unit = "million", .goal = 1};
  Row write{.name = "a task's write of a line, shipper stopped", .unit = "µs", .goal = 0};
  write.limit_name = "to a plain file";
  Row latency{.name = "a line's way on an idle system", .unit = "ms", .goal = 100};
  const double millions = static_cast<double>(options.lines) / 1e6;
  const std::string file = folder + "/lines";
  for (int i = 0; i < options.runs; ++i) {
    std::fprintf(stderr, "\rrun %d of %d ", i + 1, options.runs);
    const auto flood = ShipFlood(programs, options.lines);
    if (!flood.ok()) return Fail(flood.status());
    cpu.ours.push_back(absl::ToDoubleSeconds(flood->cpu) / millions);
    rate.ours.push_back(millions / absl::ToDoubleSeconds(flood->wall));
    write.ours.push_back(absl::ToDoubleMicroseconds(flood->write));
    const auto plain = WriteToFile(programs.writer, file, options.lines);
    if (!plain.ok()) return Fail(plain.status());
    write.limit.push_back(absl::ToDoubleMicroseconds(*plain));
    const auto least = CopyAndParse(programs.sink, file);
    if (!least.ok()) return Fail(least.status());
    cpu.limit.push_back(absl::ToDoubleSeconds(*least) / millions);
    const auto peer = ForwardByRsyslog(programs.sink, file, options.lines);
    if (peer.ok()) {
      cpu.peer.push_back(absl::ToDoubleSeconds(*peer) / millions);
    } else {
      Fail(peer.status());
    }
  }
  const auto single = ShipSingleLines(programs, options.single_lines);
  if (!single.ok()) return Fail(single.status());
  for (const absl::Duration one : *single) latency.ours.push_back(absl::ToDoubleMilliseconds(one));
  *rows = {cpu, rate, write, latency};
  return true;
}

int Run(const Options& options) {
  std::string folder = "/tmp/bench-log.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  std::vector<Row> rows;
  const bool measured = Measure(options, folder, &rows);
  fs::remove_all(folder);
  if (!measured) return 1;
  std::printf("\r%d runs of %llu lines of 200 bytes; median (least–most); the peer is rsyslog\n%s",
              options.runs, static_cast<unsigned long long>(options.lines),
              Format(rows, /*with_peer=*/true).c_str());
  return 0;
}

}  // namespace
}  // namespace mesos_executor::bench

int main(int argc, char** argv) {
  using namespace mesos_executor::bench;
  Options options;
  po::options_description flags(
      "log: measures the log path beside rsyslog's and this machine's limits (as root)\n\n"
      "  bazel run -c opt //integration/bench/log\n\nOptions");
  flags.add_options()("help", "this text")(
      "lines", po::value(&options.lines)->default_value(options.lines), "in each flood")(
      "runs", po::value(&options.runs)->default_value(options.runs), "how often all is measured")(
      "single-lines", po::value(&options.single_lines)->default_value(options.single_lines),
      "lines whose way is timed, one by one");
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
    std::fprintf(stderr, "log: %s; see --help\n", error.what());
    return 2;
  }
  if (options.lines < 1 || options.runs < 1 || options.single_lines < 1) {
    std::fprintf(stderr, "log: numbers are whole ones from 1\n");
    return 2;
  }
  return Run(options);
}
