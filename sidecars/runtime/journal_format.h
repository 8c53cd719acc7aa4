// The bytes of a journal: frames of {magic, length, CRC-32, JournalRecord}, so that a torn or
// damaged file gives what is whole before the damage and never anything else. Pure: knows no files.
#ifndef SIDECARS_RUNTIME_JOURNAL_FORMAT_H_
#define SIDECARS_RUNTIME_JOURNAL_FORMAT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sidecars/runtime/journal_record.pb.h"

namespace mesos_executor::sidecar {

// The longest record that is written or believed.
inline constexpr size_t kMaxJournalRecord = size_t{1} << 20;

// The record's frame. The record must not be longer than kMaxJournalRecord.
std::string EncodeFrame(const JournalRecord& record);

struct DecodedJournal {
  std::vector<JournalRecord> records;
  // From the first byte that starts no whole frame to the end: a torn tail, or damage. Nothing is
  // looked for behind it, as what looks like a frame there may be of a task's making: labels hold
  // any bytes.
  size_t damaged_bytes = 0;
};

DecodedJournal DecodeFrames(std::string_view bytes);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_JOURNAL_FORMAT_H_
