// The keys of a line that an entry doesn't take as they are.
#ifndef SIDECARS_LOG_SHIPPER_KEY_TABLE_H_
#define SIDECARS_LOG_SHIPPER_KEY_TABLE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

// A few keys, among which most lookups find nothing: those end at one load.
class KeyTable {
 public:
  enum class Role : uint8_t {
    kMember,
    kDropped,
    kTimestamp,
    kTime,
    kVersion,
    kMessage,
    kMsg,
  };

  // The first role that a key gets is its role.
  void Add(absl::string_view key, Role role) {
    lengths_[FirstByte(key)] |= LengthBit(key);
    keys_.emplace_back(key, role);
  }

  // kMember for all others.
  Role Find(absl::string_view key) const {
    if ((lengths_[FirstByte(key)] & LengthBit(key)) == 0) return Role::kMember;
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [key](const auto& entry) { return entry.first == key; });
    return found == keys_.end() ? Role::kMember : found->second;
  }

 private:
  static uint8_t FirstByte(absl::string_view key) { return key.empty() ? 0 : key[0]; }
  static uint64_t LengthBit(absl::string_view key) { return uint64_t{1} << (key.size() % 64); }

  // By a key's first byte: which lengths there are.
  std::array<uint64_t, 256> lengths_{};
  std::vector<std::pair<std::string, Role>> keys_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_KEY_TABLE_H_
