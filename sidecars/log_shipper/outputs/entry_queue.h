// Entries that wait to be sent one by one.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_ENTRY_QUEUE_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_ENTRY_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

// Pure. Takes them by the batch, as they come, and copies none.
class EntryQueue {
 public:
  // Whole entries, each ending with a newline.
  void Push(std::string entries);

  // The next ones, at most `count`, with their newlines; they stay until Pop, and are valid until
  // then.
  std::vector<absl::string_view> Peek(size_t count) const;
  // Forgets the next one, at least one being there. Its bytes, newline included.
  size_t Pop();

  bool empty() const { return batches_.empty(); }
  // What waits.
  size_t bytes() const { return bytes_; }

 private:
  std::deque<std::string> batches_;
  // Within the first.
  size_t position_ = 0;
  size_t bytes_ = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_ENTRY_QUEUE_H_
