// Events and calls as bytes.
#ifndef SUPERVISOR_AGENT_CODEC_H_
#define SUPERVISOR_AGENT_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor::agent {

// One media type of the executor API. An agent compares it as text (slave/http.cpp): no parameters.
class ProtobufCodec {
 public:
  static constexpr absl::string_view kMediaType = "application/x-protobuf";

  static std::string Encode(const mesos::v1::executor::Call& call);

  // The error, InvalidArgument, says what is missing. Types that we don't know become UNKNOWN.
  static absl::StatusOr<mesos::v1::executor::Event> Decode(absl::string_view record);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_CODEC_H_
