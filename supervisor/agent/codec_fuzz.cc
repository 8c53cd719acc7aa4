// Any record as an event: one that has all that it must, or an error that is short.
#include <glog/logging.h>

#include "supervisor/agent/codec.h"

namespace mesos_executor::agent {
namespace {

template <typename Codec>
void Test(absl::string_view record) {
  const auto event = Codec::Decode(record);
  if (!event.ok()) {
    CHECK_LE(event.status().message().size(), 512u);
    return;
  }
  CHECK(event->IsInitialized());
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesos_executor::agent;
  const absl::string_view record(reinterpret_cast<const char*>(data), size);
  Test<ProtobufCodec>(record);
  Test<JsonCodec>(record);
  return 0;
}
