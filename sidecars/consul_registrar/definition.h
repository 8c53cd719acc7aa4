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

// Consul's check of a service. Exactly one of `http`, `tcp` and `ttl` is set: Consul's agent runs
// the first two by itself, and the third says what it was last told, or critical when it heard
// nothing for so long.
struct CheckDefinition {
  std::string http;  // URL
  std::string tcp;   // address:port
  absl::Duration ttl;
  // Of `http` and `tcp`.
  absl::Duration interval;
  // Zero: Consul's own default.
  absl::Duration timeout;
  // A Consul whose task, executor and sidecar are gone together removes the service after it was
  // critical for so long. Zero: never.
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
  // What marks a service as this task's: the meta of each of its services.
  std::map<std::string, std::string> meta;
  // Between deregistration and SIGTERM, so that those who cache Consul's answers learn of it.
  absl::Duration drain_delay;
  // "passing", "warning", "critical", or "" (Consul then takes "critical"): what a check says
  // before it has run.
  std::string initial_status;
  // Labels of ours that make no sense: what, and what to do.
  std::vector<std::string> warnings;
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
//  - `executor-drain-delay` (ours): a duration, as "10s" or "10secs".
//
//  - `executor-consul-health` (ours): "true" makes the check a TTL check that says what the
//    executor's own check says, for a Consul that cannot reach the task.
//
// Where one of these makes no sense, that is a warning, and there is none.
//
// Ours: a COMMAND check, which Consul cannot repeat, is passed on by a TTL check. Meta says whose
// the service is; empty names in a list are skipped; a TCP check goes to the task's address, not to
// 127.0.0.1; an https check is made as https, without verification, as Mesos does; an interval that
// is missing is Mesos' 10 s; names and task ids are printable ASCII.
//
// InvalidArgument, with what to do about it: the label is there but no port is, a setting makes no
// sense, or Consul could not remove the service again because of a character in its id.
absl::StatusOr<TaskDefinition> DefineServices(const lifecycle::v1::Task& task,
                                              absl::Duration deregister_critical_after);

// The key of a service's meta under which the task's id stands.
inline constexpr char kMetaTaskId[] = "mesos_task_id";

// How long a TTL check believes what it was last told: outlives a restart of the sidecar, and any
// lease. It is told anew each kTtl / 4.
inline constexpr absl::Duration kTtl = absl::Minutes(10);

// A service name from a task id, such as "group.app" from Marathon's "group_app.4646218e".
std::string ServiceNameFromTaskId(const std::string& task_id);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_DEFINITION_H_
