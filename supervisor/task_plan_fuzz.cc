// Any TaskInfo: a plan in which everything is within its bounds, or why there is none.
#include <glog/logging.h>

#include <string>

#include "supervisor/task_plan.h"

namespace mesos_executor {
namespace {

void Test(const std::string& bytes) {
  static const Configuration configuration;
  static const Environment environment;
  mesos::v1::TaskInfo task;
  // Whatever could be read of it.
  task.ParsePartialFromString(bytes);
  const TaskPlan plan = PlanTask(task, {.configuration = configuration,
                                        .environment = environment,
                                        .own_program = "mesos-executor",
                                        .now = absl::FromUnixSeconds(1'800'000'000),
                                        .expiration_share = 0.5});
  if (!plan.launch.invalid.empty()) return;
  CHECK(!plan.command.program.empty());
  CHECK_GT(plan.launch.expires_in, absl::ZeroDuration());
  CHECK_EQ(plan.launch.check.has_value(), plan.check.has_value());
  CHECK_EQ(plan.snooze_file.find('/'), std::string::npos);
  if (plan.health) {
    CHECK_GE(plan.health->min_successes, 1u);
    CHECK_LE(plan.health->min_successes, 1000u);
  }
  CHECK_EQ(plan.launch.stop_requests, plan.stop ? static_cast<int>(plan.stop->paths.size()) : 0);
  CHECK_LE(plan.launch.stop_requests, 2);
  if (!plan.stop) return;
  CHECK_GT(plan.stop->endpoint.port, 0);
  for (const std::string& path : plan.stop->paths) {
    CHECK_EQ(path[0], '/');
    for (const char c : path) CHECK(c > ' ' && c < 127);
  }
}

}  // namespace
}  // namespace mesos_executor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
