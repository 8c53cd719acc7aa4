// What Consul should know of a task: a pure function of the task's labels, ports, health check and
// settings.
#ifndef SIDECARS_CONSUL_REGISTRAR_DEFINITION_H_
#define SIDECARS_CONSUL_REGISTRAR_DEFINITION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::consul {

// A check that Consul's agent runs by itself. Exactly one of `http` and `tcp` is set.
struct CheckDefinition {
  std::string http;  // URL
  std::string tcp;   // address:port
  absl::Duration interval;
  // Zero: Consul's own default.
  absl::Duration timeout;
  // An agent whose task and executor are gone together removes the service after it was critical
  // for so long.
  absl::Duration deregister_critical_after;

  bool operator==(const CheckDefinition&) const = default;
};

// One service, as it is registered.
struct ServiceDefinition {
  std::string id;
  std::string name;
  std::string address;
  uint32_t port = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::optional<CheckDefinition> check;

  bool operator==(const ServiceDefinition&) const = default;
};

struct TaskDefinition {
  // In the order of the task's ports; empty where the task asks for nothing.
  std::vector<ServiceDefinition> services;
  // "passing", "warning", "critical", or "" (Consul then takes "critical"): what a check says
  // before it has run.
  std::string initial_status;
};

// The rules, all of them the seed's where nothing else is said:
//
//  - No label `consul`, or CONSUL_HOOK_ENABLED=false: nothing.
//
//  - Each port with a label `consul` is a service for every name in the comma-separated value, with
//    the id `<task id>_<name>_<port>` and the tags: keys of the port's labels whose value is `tag`
//    or `tag:<name>`; keys of the task's labels whose value is `tag`; CONSUL_GLOBAL_TAG
//    ("marathon"); `marathon-task:<task id>`.
//
//  - Where no port has one, the first port is a service; its name is the value of the task's label,
//    or made from the task id where that is empty or "true". It has the same tags but the port's
//    own and `marathon-task`.
//
//  - `{port:NAME}` in a tag becomes the number of the port of that name.
//
//  - An HTTP or TCP health check is repeated by Consul at each service's own port; until it has run
//    it says INITIAL_HEALTH_CHECK_STATUS ("passing").
//
// Ours: Meta says whose the service is; empty names in a list are skipped; a TCP check goes to the
// task's address, not to 127.0.0.1; an https check is made as https, without verification, as Mesos
// does; an interval that is missing is Mesos' 10 s; names and task ids are printable ASCII.
//
// InvalidArgument, with what to do about it: the label is there but no port is, a setting makes no
// sense, or Consul could not remove the service again because of a character in its id.
absl::StatusOr<TaskDefinition> DefineServices(const lifecycle::v1::Task& task);

// A service name from a task id, such as "group.app" from Marathon's "group_app.4646218e".
std::string ServiceNameFromTaskId(const std::string& task_id);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_DEFINITION_H_
