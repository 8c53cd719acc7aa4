// The tasks that are registered, alike for all who do it.
#ifndef INTEGRATION_BENCH_REGISTRATION_TASKS_H_
#define INTEGRATION_BENCH_REGISTRATION_TASKS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::bench {

// One service, with a check that Consul doesn't run, so that no checks are measured.
inline lifecycle::v1::Task RegistrationTask(const std::string& prefix, int number) {
  lifecycle::v1::Task task;
  task.set_framework_id("framework");
  task.set_executor_id("executor");
  task.set_task_id(absl::StrCat(prefix, ".", number));
  task.set_address("127.0.0.1");
  task.add_ports()->set_number(10'000 + number);
  auto* label = task.add_labels();
  label->set_key("consul");
  label->set_value("web");
  task.mutable_health_check()->mutable_interval()->set_seconds(10);
  return task;
}

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_REGISTRATION_TASKS_H_
