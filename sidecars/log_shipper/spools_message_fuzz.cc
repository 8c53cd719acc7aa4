// Any datagram, with any number of descriptors: places within them, or a refusal.
#include <glog/logging.h>

#include <set>

#include "sidecars/log_shipper/spools_message.h"
#include "supervisor/base/fuzz_input.h"

namespace mesos_executor::log_shipper {
namespace {

void Test(FuzzInput input) {
  const size_t descriptors = input.Below(9);
  const auto message = ParseSpools(input.Rest(), descriptors);
  if (!message.ok()) return;
  CHECK(!message->task_id.empty() && message->task_id.size() <= 255);
  CHECK_GT(message->limit, 0u);
  std::set<size_t> places = {message->out, message->err, message->offsets};
  CHECK_EQ(places.size(), 3u);
  for (const auto& place : {message->executor_out, message->executor_err}) {
    if (place) CHECK(places.insert(*place).second);
  }
  CHECK_LT(*places.rbegin(), descriptors);
}

}  // namespace
}  // namespace mesos_executor::log_shipper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::log_shipper::Test({data, size});
  return 0;
}
