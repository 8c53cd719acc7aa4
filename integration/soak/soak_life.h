// One launch below an agent at which everything goes wrong that an executor must survive, and what
// came of it.
#ifndef INTEGRATION_SOAK_SOAK_LIFE_H_
#define INTEGRATION_SOAK_SOAK_LIFE_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace mesos_executor {

struct SoakLife {
  // Path of the executor.
  std::string executor;
  // The task, what happens to it, and most faults come from the seed; the bytes at which streams
  // are cut from the number, so that 250 numbers in a row cut at each of the first 1,000.
  uint64_t seed = 0;
  int number = 0;
};

struct SoakReport {
  // What is wrong, for people, with the plan of faults and what the agent saw; empty: nothing.
  std::string problem;
  size_t updates = 0;
  // Sent again by the executor, and recognised by their UUIDs.
  size_t repeated = 0;
  size_t subscriptions = 0;
  size_t faults = 0;
  // Where a stream's answer was cut.
  std::set<size_t> cuts;
  // The LAUNCH was lost, so that the agent ended the task.
  bool dropped = false;
  // The acknowledgement of the task's end was lost, for good: the executor was told to leave.
  bool unsettled = false;
};

// Runs a task to its end (or kills it, as often as that takes), and compares what the framework
// saw, each UUID once, with what the executor's timeline says that it made: the same, in the same
// order, one terminal update at the end (see update_difference.h for what may be missing). The
// executor must leave with 0. Takes some 100 ms; a watchdog ends it after two minutes.
SoakReport RunSoakLife(const SoakLife& life);

}  // namespace mesos_executor

#endif  // INTEGRATION_SOAK_SOAK_LIFE_H_
