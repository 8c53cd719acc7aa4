// Messages as JSON, read and written the way Mesos does it
// (3rdparty/stout/include/stout/protobuf.hpp), down to its error texts: the agent answers with
// them. Pure.
#ifndef PROTOS_MESOS_V1_MESOS_JSON_H_
#define PROTOS_MESOS_V1_MESOS_JSON_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos_executor {

// Reads `text` into `message`, which must be empty. Fields that the message doesn't know are passed
// over, as is an unknown enum value of an optional field. InvalidArgument: the text that an agent
// would answer; also for what no message of Mesos needs, more than 128 levels or 2^18 values (so
// that some ten bytes of memory a byte of text are the most), and for text that isn't UTF-8.
absl::Status ParseMesosJson(absl::string_view text, google::protobuf::Message* message);

// The fields that are set, in the order of their declaration, on one line. 64-bit integers are
// numbers, bytes are base64.
std::string PrintMesosJson(const google::protobuf::Message& message);

}  // namespace mesos_executor

#endif  // PROTOS_MESOS_V1_MESOS_JSON_H_
