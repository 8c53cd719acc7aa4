// What a set of messages shows of the types that they are of. For tests: values of any thread, no
// I/O.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace mesos_executor {

// The full names of the fields and enum values that were seen set in any message, at any depth.
class Coverage {
 public:
  void Add(const google::protobuf::Message& message);

  // The fields and enum values of `roots` and of all types inside them that no message has shown,
  // sorted.
  std::vector<std::string> Missing(
      const std::vector<const google::protobuf::Descriptor*>& roots) const;

 private:
  std::set<std::string> seen_;
};

// Where in the message, at any depth, there is something that we don't declare:
// "mesos.v1.Resource has the unknown field 2". An enum value that we don't know counts too.
std::vector<std::string> UnknownFields(const google::protobuf::Message& message);

}  // namespace mesos_executor
