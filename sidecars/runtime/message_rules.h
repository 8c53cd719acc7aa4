// What a supervisor may send: the rules of protos/lifecycle/v1/README.md, applied to each message.
// Pure. Errors are what the stream ends with.
#ifndef SIDECARS_RUNTIME_MESSAGE_RULES_H_
#define SIDECARS_RUNTIME_MESSAGE_RULES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/handler.h"

namespace mesos_executor::sidecar {

// InvalidArgument, naming `field`, for an id that is empty, too long, or has control characters.
absl::Status CheckId(const char* field, const std::string& id);

// The versions that sidecars speak: the newest, and the one before it once there is one.
inline constexpr uint32_t kOldestProtocol = 1;
inline constexpr uint32_t kNewestProtocol = 1;

// The version to speak. FailedPrecondition where there is none in common, InvalidArgument where ids
// are missing or malformed.
absl::StatusOr<uint32_t> CheckAttach(const lifecycle::v1::Attach& attach);

// InvalidArgument for a phase or a health that version 1 does not have.
absl::StatusOr<TaskState> CheckState(const lifecycle::v1::State& state);
// As CheckState, and an event has a phase, which may come after the phase `before`.
absl::StatusOr<TaskState> CheckEvent(const lifecycle::v1::Event& event,
                                     lifecycle::v1::Phase before);

// Zero for what is absent, negative or malformed.
absl::Duration DeadlineOf(const lifecycle::v1::Event& event);

// `text` as an answer's message: at most `limit` bytes, and printable ASCII only, since a back
// end's words may be anything and a protobuf string must be UTF-8.
std::string Printable(std::string_view text, size_t limit);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_MESSAGE_RULES_H_
