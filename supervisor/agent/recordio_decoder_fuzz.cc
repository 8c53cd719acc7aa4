// Any bytes as RecordIO, whole and byte by byte: the same records, never more than came.
#include <glog/logging.h>

#include "supervisor/agent/recordio_decoder.h"

namespace mesos_executor::agent {
namespace {

constexpr size_t kMaxRecord = 1000;

std::vector<std::string> Decode(absl::string_view bytes, size_t step, RecordIoDecoder& decoder) {
  std::vector<std::string> records;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    for (std::string& record : decoder.Decode(bytes.substr(0, step))) {
      CHECK_LE(record.size(), kMaxRecord);
      records.push_back(std::move(record));
    }
  }
  return records;
}

void Test(absl::string_view bytes) {
  RecordIoDecoder decoder(kMaxRecord), careful(kMaxRecord);
  const std::vector<std::string> records = Decode(bytes, bytes.size(), decoder);
  CHECK(Decode(bytes, 1, careful) == records);
  CHECK(careful.status() == decoder.status());
  CHECK_EQ(careful.at_border(), decoder.at_border());
  size_t total = 0;
  for (const std::string& record : records) total += record.size() + 2;  // A digit and LF.
  CHECK_LE(total, bytes.size());
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
