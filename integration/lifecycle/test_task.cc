#include "integration/lifecycle/test_task.h"

#include "absl/strings/str_cat.h"

namespace mesos_executor::lifecycle {

v1::Task TestTask(size_t number) {
  v1::Task task;
  task.set_framework_id("framework");
  task.set_executor_id(absl::StrCat("executor-", number));
  task.set_task_id(absl::StrCat("task-", number));
  task.set_address("127.0.0.1");
  v1::Label* const label = task.add_labels();
  label->set_key("consul");
  label->set_value(absl::StrCat("service-", number));
  v1::Label* const director = task.add_labels();
  director->set_key("director");
  director->set_value("web");
  (*task.mutable_settings())["CLOUD_DC"] = "dc1";
  v1::Port* const port = task.add_ports();
  port->set_number(static_cast<uint32_t>(10'000 + number));
  port->set_protocol("tcp");
  return task;
}

}  // namespace mesos_executor::lifecycle
