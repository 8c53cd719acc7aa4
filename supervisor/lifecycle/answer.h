// What a sidecar's answer may hold: everything that comes from outside is bounded.
#ifndef SUPERVISOR_LIFECYCLE_ANSWER_H_
#define SUPERVISOR_LIFECYCLE_ANSWER_H_

#include <string>

#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::lifecycle {

inline constexpr int kMaxVariables = 64;
inline constexpr size_t kMaxEnvironmentBytes = 64 * 1024;
inline constexpr size_t kMaxAnswerMessage = 1024;

// The answer with what it may hold in `phase`: the message cut, environment and hold only where the
// contract has them. An answer that breaks the contract (outcome, environment, hold) comes back as
// FAILED, saying why, with nothing else in it.
v1::Answer CheckAnswer(v1::Answer answer, v1::Phase phase);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_ANSWER_H_
