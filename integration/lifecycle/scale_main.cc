// scale: many supervisors at one sidecar, measured.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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
  constexpr char kRow[] = "%-20s%-14s%-12s%-14s%-12s%-10s%-10s%-10s%s\n";
  std::printf("%zu supervisors, each on a connection of its own\n", supervisors);
  std::printf(kRow, "", "all attached", "work done", "back, -9", "done again", "undone", "empty",
              "peak", "threads");
  for (const Named& named : all) {
    const absl::StatusOr<ScaleResult> result = RunScale(named.sidecar.get(), supervisors);
    if (!result.ok()) {
      std::fprintf(stderr, "scale: FAILED: %s: %s\n", named.name,
                   std::string(result.status().message()).c_str());
      return 1;
    }
    const auto seconds = [](absl::Duration duration) {
      return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(duration));
    };
    const auto megabytes = [](double mb) { return absl::StrFormat("%.1f MB", mb); };
    std::printf(kRow, named.name, seconds(result->attached).c_str(), seconds(result->done).c_str(),
                seconds(result->attached_again).c_str(), seconds(result->done_again).c_str(),
                seconds(result->undone).c_str(), megabytes(result->empty_mb).c_str(),
                megabytes(result->peak_mb).c_str(), absl::StrCat(result->threads).c_str());
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
