// Randomness for the agent's client, so that tests can bring their own.
#ifndef SUPERVISOR_AGENT_RANDOM_H_
#define SUPERVISOR_AGENT_RANDOM_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"

namespace mesos_executor::agent {

// 64 random bits a call. Tests pass a seeded generator.
using RandomBits = std::function<uint64_t()>;

// From the kernel, getrandom(2).
uint64_t SystemRandomBits();

// Between `low` and `high`, both in reach.
absl::Duration RandomDuration(absl::Duration low, absl::Duration high, const RandomBits& random);

// The 16 raw bytes of a UUID of version 4 (RFC 4122 §4.4), as TaskStatus.uuid wants it: agents
// refuse bytes that are no UUID (stout/uuid.hpp).
std::string MakeUuid(const RandomBits& random);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_RANDOM_H_
