// Other ways for the same lines to the same sink.
#ifndef INTEGRATION_BENCH_LOG_OTHER_WAYS_H_
#define INTEGRATION_BENCH_LOG_OTHER_WAYS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos_executor::bench {

// Runs the writer into a plain file at `path`: how long a write(2) of a line takes.
absl::StatusOr<absl::Duration> WriteToFile(const std::string& writer, const std::string& path,
                                           uint64_t lines);

// Processor time of rsyslogd, which follows the file (imfile) and forwards its lines as they are
// (omfwd) until the sink has all. NotFound where it isn't installed.
absl::StatusOr<absl::Duration> ForwardByRsyslog(const std::string& sink, const std::string& path,
                                                uint64_t lines);

// Processor time of the least that must be done: reading the file and writing it to the sink in
// 256 KiB pieces; and parsing each line by simdjson and writing its members again, in memory.
absl::StatusOr<absl::Duration> CopyAndParse(const std::string& sink, const std::string& path);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_LOG_OTHER_WAYS_H_
