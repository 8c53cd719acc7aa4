// Whether two JSON texts say the same of a protobuf message.
#pragma once

#include <string>

namespace mesos_executor {

// Where two texts differ ("/launch/task/name: 1 against 2"), "" where they say the same. Protobuf's
// JSON leaves open: null or an empty list for an absent field, text or a number for 64-bit
// integers, and the order of keys.
std::string JsonDifference(const std::string& left, const std::string& right);

}  // namespace mesos_executor
