// The quickstart's task, as a framework like Marathon would describe it.
#ifndef INTEGRATION_QUICKSTART_TASK_H_
#define INTEGRATION_QUICKSTART_TASK_H_

#include <cstdint>
#include <string>

#include "integration/dev_agent/launch.h"

namespace mesos_executor::quickstart {

struct TaskSpec {
  // Paths.
  std::string executor;
  std::string service;
  std::string sandbox;
  // Of the service.
  uint16_t port = 0;
  uint16_t consul_port = 0;
  // "NAME=value", for the environment of all processes.
  std::string mark;
};

// A small HTTP service with a health check each second and a named port that asks for registration.
// Its SIGTERM takes no effect until it is asked to quit, so that there is time to look whether it
// was deregistered first. What it leaves behind is not killed by the agent: it would hide what the
// executor forgot.
dev_agent::ExecutorLaunch DescribeTask(const TaskSpec& spec);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_TASK_H_
