#include "sidecars/runtime/journal_format.h"

#include <glog/logging.h>

#include <boost/crc.hpp>
#include <cstdint>
#include <optional>

namespace mesos_executor::sidecar {
namespace {

// Its last byte is the format's version.
constexpr std::string_view kMagic = "MXJ\x01";
constexpr size_t kHeader = kMagic.size() + 2 * sizeof(uint32_t);

uint32_t Crc32(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

// Little-endian, so that the file does not depend on the machine.
void PutUint32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t GetUint32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return value;
}

// The record's bytes, where a whole frame starts `bytes`.
std::optional<std::string_view> WholeFrame(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with(kMagic)) return std::nullopt;
  const uint32_t length = GetUint32(bytes.substr(kMagic.size()));
  if (length > kMaxJournalRecord || bytes.size() - kHeader < length) return std::nullopt;
  const std::string_view record = bytes.substr(kHeader, length);
  if (GetUint32(bytes.substr(kMagic.size() + sizeof(length))) != Crc32(record)) return std::nullopt;
  return record;
}

}  // namespace

std::string EncodeFrame(const JournalRecord& record) {
  const std::string bytes = record.SerializeAsString();
  CHECK_LE(bytes.size(), kMaxJournalRecord);
  std::string frame(kMagic);
  PutUint32(frame, bytes.size());
  PutUint32(frame, Crc32(bytes));
  return frame + bytes;
}

DecodedJournal DecodeFrames(std::string_view bytes) {
  DecodedJournal decoded;
  while (const std::optional<std::string_view> frame = WholeFrame(bytes)) {
    JournalRecord record;
    if (!record.ParseFromArray(frame->data(), frame->size())) break;
    decoded.records.push_back(std::move(record));
    bytes.remove_prefix(kHeader + frame->size());
  }
  decoded.damaged_bytes = bytes.size();
  return decoded;
}

}  // namespace mesos_executor::sidecar
