// Many launches, several at once.
#ifndef INTEGRATION_SOAK_SOAK_H_
#define INTEGRATION_SOAK_SOAK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "integration/soak/soak_life.h"

namespace mesos_executor {

struct SoakOptions {
  // Path of the executor.
  std::string executor;
  uint64_t seed = 0;
  // Numbers of the lives: a life depends only on the seed and its number.
  int first = 0;
  int launches = 60;
  int at_once = 8;
};

struct SoakSum {
  int passed = 0;
  int failed = 0;
  int dropped = 0;
  int unsettled = 0;
  // The other figures, of all lives.
  SoakReport all;
};

// For people: one line.
std::string SoakLine(const SoakSum& sum);

// Calls `done` after each life with its number and the sum so far, never twice at a time, from any
// thread.
SoakSum RunSoak(
    const SoakOptions& options,
    const std::function<void(int number, const SoakReport& life, const SoakSum& sum)>& done);

}  // namespace mesos_executor

#endif  // INTEGRATION_SOAK_SOAK_H_
