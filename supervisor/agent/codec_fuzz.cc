// Any record as an event: one that has all that it must, or an error that is short.
#include <glog/logging.h>

#include "supervisor/agent/codec.h"

namespace mesos_executor::agent {
namespace {

void Test(absl::string_view record) {
  const auto event = ProtobufCodec::Decode(record);
  if (!event.ok()) {
    CHECK_LE(event.status().message().size(), 512u);
    return;
  }
  CHECK(event->IsInitialized());
  CHECK(ProtobufCodec::Decode(event->SerializeAsString()).ok());
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
