// Any TaskInfo: a command with a program, or an error; and an environment without what is kept from
// tasks.
#include <glog/logging.h>

#include "supervisor/launch/command.h"

namespace mesos_executor::launch {
namespace {

void Test(const std::string& bytes) {
  CHECK_LE(WithoutMarathonPrefix(bytes).size(), bytes.size());
  mesos::v1::TaskInfo task;
  // Whatever could be read of it.
  task.ParsePartialFromString(bytes);
  const auto command = CommandOf(task, "mesos-executor");
  if (command.ok()) CHECK(!command->program.empty() && !command->argv.empty());
  const Environment own({{"PATH", "/bin"}, {"CONSUL_TOKEN", "secret"}});
  for (const std::string& variable : EnvironmentOf(task, own, {"ADDED=1"})) {
    CHECK(variable.find('=') != variable.npos);
    CHECK_NE(variable, "CONSUL_TOKEN=secret");
  }
}

}  // namespace
}  // namespace mesos_executor::launch

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::launch::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
