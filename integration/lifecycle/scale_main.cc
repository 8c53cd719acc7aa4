// scale: many supervisors at one sidecar, measured.
#include <cstdio>
#include <cstdlib>

#include "integration/lifecycle/observed_sidecar.h"
#include "integration/lifecycle/scale.h"

namespace mesos_executor::lifecycle {
namespace {

int Run(size_t supervisors) {
  struct Named {
    const char* name;
    std::unique_ptr<ObservedSidecar> sidecar;
  };
  std::vector<Named> all;
  all.push_back({"recorder", ObservedRecorder()});
  all.push_back({"consul-registrar", ObservedConsulRegistrar()});
  std::printf("%zu supervisors\n%-20s%-26s%-32s%-22s%s\n", supervisors, "sidecar",
              "all attached, work done", "back after kill -9, work done", "supervisors -9: undone",
              "  memory empty, full; threads");
  for (const Named& named : all) {
    const absl::StatusOr<ScaleResult> result = RunScale(named.sidecar.get(), supervisors);
    if (!result.ok()) {
      std::fprintf(stderr, "scale: FAILED: %s: %s\n", named.name,
                   std::string(result.status().message()).c_str());
      return 1;
    }
    const auto seconds = [](absl::Duration duration) { return absl::ToDoubleSeconds(duration); };
    std::printf("%-20s%.2f s, %.2f s%12s%.2f s, %.2f s%18s%.2f s%18s%.1f MB, %.1f MB; %d\n",
                named.name, seconds(result->attached), seconds(result->done), "",
                seconds(result->attached_again), seconds(result->done_again), "",
                seconds(result->undone), "", result->empty_mb, result->peak_mb, result->threads);
  }
  return 0;
}

}  // namespace
}  // namespace mesos_executor::lifecycle

int main(int argc, char** argv) {
  const long supervisors = argc > 1 ? std::atol(argv[1]) : 1000;
  if (argc > 2 || supervisors < 1 || supervisors > 9000) {
    std::fprintf(stderr,
                 "scale: the supervisor's half of the lifecycle API, many times, at one sidecar\n"
                 "  bazel run -c opt //integration/lifecycle:scale [-- 1000]\n");
    return 2;
  }
  return mesos_executor::lifecycle::Run(static_cast<size_t>(supervisors));
}
