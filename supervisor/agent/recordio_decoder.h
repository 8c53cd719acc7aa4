// Cuts a byte stream into RecordIO records: "LENGTH\n" and LENGTH bytes, again and again (Mesos,
// docs/recordio.md).
#ifndef SUPERVISOR_AGENT_RECORDIO_DECODER_H_
#define SUPERVISOR_AGENT_RECORDIO_DECODER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::agent {

// Pure: one decoder a stream. Holds at most one unfinished record, and memory only for bytes that
// have come, whatever the length says.
class RecordIoDecoder {
 public:
  // Room for a LAUNCH_GROUP with much data; an agent's events are a few kilobytes.
  static constexpr size_t kMaxRecord = 16 << 20;

  explicit RecordIoDecoder(size_t max_record = kMaxRecord) : max_record_(max_record) {}

  // Takes the next bytes, cut anywhere, and returns the records that they complete, in order; a
  // record may be empty.
  std::vector<std::string> Decode(absl::string_view bytes);

  // Errors: InvalidArgument (no decimal length), ResourceExhausted (a record longer than the
  // limit). There is no way to find the next record then: Decode returns nothing more, and the
  // stream must be dropped.
  const absl::Status& status() const { return status_; }

  // True between two records: a stream that ends elsewhere was cut.
  bool at_border() const { return !in_record_ && digits_.empty(); }

 private:
  absl::Status TakeLength();

  const size_t max_record_;
  absl::Status status_;
  bool in_record_ = false;
  std::string digits_;
  std::string record_;
  size_t missing_ = 0;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_RECORDIO_DECODER_H_
