// Any text as the JSON of an event or a call: a message that reads back from its own JSON, or an
// error that is short.
#include <glog/logging.h>

#include "protos/mesos/v1/executor.pb.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor {
namespace {

template <typename Message>
void Test(absl::string_view text) {
  Message message, again;
  const absl::Status status = ParseMesosJson(text, &message);
  if (!status.ok()) {
    CHECK_LE(status.message().size(), 2 * text.size() + 1024);
    return;
  }
  if (!message.IsInitialized()) return;
  const std::string printed = PrintMesosJson(message);
  const absl::Status reread = ParseMesosJson(printed, &again);
  CHECK(reread.ok()) << reread << "\n" << printed;
  CHECK_EQ(PrintMesosJson(again), printed);
}

}  // namespace
}  // namespace mesos_executor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  mesos_executor::Test<mesos::v1::executor::Event>(text);
  mesos_executor::Test<mesos::v1::executor::Call>(text);
  return 0;
}
