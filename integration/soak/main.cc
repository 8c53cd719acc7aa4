// soak: a thousand launches below an agent that fails in every way.
#include <boost/program_options.hpp>
#include <cstdio>
#include <filesystem>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/soak/soak.h"

namespace mesos_executor {
namespace {

namespace po = boost::program_options;

int Run(const SoakOptions& options) {
  std::printf("seed %s\n", absl::StrCat(options.seed).c_str());
  const absl::Time start = absl::Now();
  absl::Time next = start;
  const auto done = [&](int number, const SoakReport& life, const SoakSum& sum) {
    const absl::Time now = absl::Now();
    if (!life.problem.empty()) {
      std::printf("FAILED: --seed %s --first %d --launches 1: %s\n",
                  absl::StrCat(options.seed).c_str(), number, life.problem.c_str());
    } else if (now < next) {
      return;
    }
    next = now + absl::Seconds(3);
    std::printf("%3.0f s: %s\n", absl::ToDoubleSeconds(now - start), SoakLine(sum).c_str());
    std::fflush(stdout);
  };
  const SoakSum sum = RunSoak(options, done);
  std::printf("%3.0f s: %s\n%d passed, %d failed\n", absl::ToDoubleSeconds(absl::Now() - start),
              SoakLine(sum).c_str(), sum.passed, sum.failed);
  return sum.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mesos_executor

int main(int argc, char** argv) {
  using namespace mesos_executor;
  SoakOptions options;
  // Under `bazel run` the working directory is that of the runfiles.
  options.executor = std::filesystem::absolute("supervisor/mesos-executor");
  options.launches = 1000;
  options.seed = std::random_device()();
  po::options_description flags(
      "soak: many launches below an agent that fails in every way; no update may be lost or change "
      "its place\n\n  bazel run //integration/soak -- [--launches N] [--seed S]\n\nOptions");
  flags.add_options()("help", "this text")(
      "launches", po::value(&options.launches)->default_value(options.launches), "how many")(
      "at-once", po::value(&options.at_once)->default_value(options.at_once),
      "how many at the same time")("seed", po::value(&options.seed),
                                   "the same seed brings the same tasks and faults")(
      "first", po::value(&options.first), "the number of the first launch: to repeat one");
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
    std::fprintf(stderr, "soak: %s; see --help\n", error.what());
    return 2;
  }
  if (options.launches < 1 || options.at_once < 1 || options.first < 0) {
    std::fprintf(stderr, "soak: --launches and --at-once take whole numbers from 1\n");
    return 2;
  }
  return Run(options);
}
