#include "supervisor/agent/codec.h"

#include <glog/logging.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::agent {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

std::string ProtobufCodec::Encode(const Call& call) {
  std::string bytes;
  CHECK(call.SerializeToString(&bytes)) << "a call larger than 2 GB";
  return bytes;
}

absl::StatusOr<Event> ProtobufCodec::Decode(absl::string_view record) {
  // The partial parser, as the strict one only logs what is missing.
  Event event;
  if (!event.ParsePartialFromArray(record.data(), static_cast<int>(record.size()))) {
    return absl::InvalidArgumentError(absl::StrCat("the agent sent a record of ", record.size(),
                                                   " bytes that is no protobuf event"));
  }
  if (!event.IsInitialized()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the agent sent an event without ", event.InitializationErrorString().substr(0, 200)));
  }
  return event;
}

std::string JsonCodec::Encode(const Call& call) { return PrintMesosJson(call); }

absl::StatusOr<Event> JsonCodec::Decode(absl::string_view record) {
  Event event;
  if (record.empty()) return event;
  if (const absl::Status parsed = ParseMesosJson(record, &event); !parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the agent sent a record of ", record.size(),
                     " bytes that is no JSON event: ", parsed.message().substr(0, 200)));
  }
  return event;
}

}  // namespace mesos_executor::agent
