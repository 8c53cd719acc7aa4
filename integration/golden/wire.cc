#include "integration/golden/wire.h"

namespace mesos_executor {
namespace {

constexpr uint64_t kVarint = 0;
constexpr uint64_t kLengthDelimited = 2;

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Tag(int field, uint64_t type) {
  return Varint(static_cast<uint64_t>(field) << 3 | type);
}

}  // namespace

std::string NumberField(int field, uint64_t value) { return Tag(field, kVarint) + Varint(value); }

std::string BytesField(int field, const std::string& content) {
  return Tag(field, kLengthDelimited) + Varint(content.size()) + content;
}

}  // namespace mesos_executor
