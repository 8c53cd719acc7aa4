// The bytes that a fuzzer chose, as the decisions of a test.
#ifndef SUPERVISOR_BASE_FUZZ_INPUT_H_
#define SUPERVISOR_BASE_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/strings/string_view.h"

namespace mesos_executor {

// Of an empty input every decision is the first one, every text empty.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  // From 0 up to `bound` - 1, which is at most 255; takes one byte.
  size_t Below(size_t bound) {
    if (rest_.empty()) return 0;
    const uint8_t byte = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return byte % bound;
  }

  template <typename Values>
  const auto& OneOf(const Values& values) {
    return values[Below(std::size(values))];
  }

  // Up to `most` bytes, at most 254: one byte says how many.
  absl::string_view Bytes(size_t most) { return Take(Below(most + 1)); }

  // All that is left.
  absl::string_view Rest() { return Take(rest_.size()); }

 private:
  absl::string_view Take(size_t size) {
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

  absl::string_view rest_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_FUZZ_INPUT_H_
