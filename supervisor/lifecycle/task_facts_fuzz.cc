// Any TaskInfo, and any settings: facts that Protocol Buffers can carry, and sidecars within their
// bounds.
#include <glog/logging.h>

#include "supervisor/base/fuzz_input.h"
#include "supervisor/lifecycle/sidecar_config.h"
#include "supervisor/lifecycle/task_facts.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr absl::string_view kSettings[] = {
    "CLOUD_PUBLIC_IP",
    "VAAS_INITIAL_WEIGHT",
    "CONSUL_HOOK_ENABLED",
    "ALLEGRO_EXECUTOR_SIDECARS",
    "ALLEGRO_EXECUTOR_SIDECAR_DIR",
    "ALLEGRO_EXECUTOR_SIDECAR_A_COMMAND",
    "ALLEGRO_EXECUTOR_SIDECAR_A_LABELS",
    "ALLEGRO_EXECUTOR_SIDECAR_A_POLICY",
    "ALLEGRO_EXECUTOR_SIDECAR_A_DEADLINE_HEALTHY",
    "ALLEGRO_EXECUTOR_SIDECAR_A_SET_X",
};

void Test(FuzzInput input) {
  std::map<std::string, std::string, std::less<>> variables;
  for (size_t i = input.Below(8); i > 0; --i) {
    const absl::string_view name = input.OneOf(kSettings);
    variables[std::string(name)] = std::string(input.Bytes(200));
  }
  const Environment environment(std::move(variables));
  const TaskOrigin origin{.agent_hostname = std::string(input.Bytes(20))};
  mesos::v1::TaskInfo info;
  // Whatever could be read of it.
  info.ParsePartialFromString(std::string(input.Rest()));
  const v1::Task task = MakeTask(info, origin, environment);
  v1::Task read;
  CHECK(read.ParseFromString(task.SerializeAsString())) << "not UTF-8";
  const SidecarConfigs configs = ConfigureSidecars(environment, task, "/opt");
  CHECK_LE(configs.sidecars.size(), 19u);
  for (const SidecarConfig& config : configs.sidecars) {
    CHECK(!config.name.empty() && config.name.size() <= 64);
    for (const absl::Duration deadline :
         {config.before_start, config.healthy, config.before_terminate}) {
      CHECK(deadline > absl::ZeroDuration() && deadline <= absl::Hours(1));
    }
  }
}

}  // namespace
}  // namespace mesos_executor::lifecycle

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::lifecycle::Test({data, size});
  return 0;
}
