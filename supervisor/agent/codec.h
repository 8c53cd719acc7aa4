// Events and calls as bytes: protobuf or JSON.
#ifndef SUPERVISOR_AGENT_CODEC_H_
#define SUPERVISOR_AGENT_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor::agent {

// The media types of the executor API; an agent compares them as text (slave/http.cpp): no
// parameters. Decode's error, InvalidArgument, says what is missing; types of events that we don't
// know become UNKNOWN, as does an empty record. What it builds takes memory by what the record
// holds: of a hostile one, whose two bytes can stand for an empty message, up to some hundred times
// the record's size.
class ProtobufCodec {
 public:
  static constexpr absl::string_view kMediaType = "application/x-protobuf";

  static std::string Encode(const mesos::v1::executor::Call& call);
  static absl::StatusOr<mesos::v1::executor::Event> Decode(absl::string_view record);
};

class JsonCodec {
 public:
  static constexpr absl::string_view kMediaType = "application/json";

  static std::string Encode(const mesos::v1::executor::Call& call);
  static absl::StatusOr<mesos::v1::executor::Event> Decode(absl::string_view record);
};

// One of the two, chosen at run time.
struct Codec {
  absl::string_view media_type;
  std::string (*encode)(const mesos::v1::executor::Call& call);
  absl::StatusOr<mesos::v1::executor::Event> (*decode)(absl::string_view record);
};

template <typename Concrete>
constexpr Codec CodecOf() {
  return {Concrete::kMediaType, Concrete::Encode, Concrete::Decode};
}

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_CODEC_H_
