// What must have happened for a quickstart to be a success, judged from facts that were collected
// at their sources: the agent, Consul's API, the service itself and /proc. Pure.
#ifndef INTEGRATION_QUICKSTART_CHECKLIST_H_
#define INTEGRATION_QUICKSTART_CHECKLIST_H_

#include <optional>
#include <string>
#include <vector>

#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor::quickstart {

// A service, as Consul's API tells it.
struct ConsulService {
  std::string id;
  std::string name;
  std::string address;
  int port = 0;
  std::vector<std::string> tags;
  // The worst of its checks: "passing", "warning", "critical"; "unchecked" if it has none.
  std::string status;

  bool operator==(const ConsulService&) const = default;
};

struct Facts {
  // What the agent took, in order, each once; those that the agent itself made included.
  std::vector<mesos::v1::TaskStatus> updates;
  // The service in Consul's API while the task ran, as seen last.
  std::optional<ConsulService> registered;
  // The code with which the service answered an HTTP request of ours.
  std::optional<int> http_status;
  // Consul's API no longer had the service while its process was still there.
  bool deregistered_first = false;
  // As wait(2) tells it; none while the executor lives.
  std::optional<int> executor_wait_status;
  // "name pid" of each process that outlived the executor; none if nobody looked.
  std::optional<std::vector<std::string>> processes_left;
  // Ids of the task's services that Consul had when all was over; none if it could not be asked.
  std::optional<std::vector<std::string>> services_left;
};

struct Step {
  std::string name;
  bool happened = false;
  // What was found, in a few words.
  std::string found;
};

// All steps, in the order in which they should happen.
std::vector<Step> Judge(const Facts& facts);

// "exit code 0", "signal 9 (Killed)".
std::string WaitStatusText(int wait_status);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_CHECKLIST_H_
