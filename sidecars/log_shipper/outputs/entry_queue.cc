#include "sidecars/log_shipper/outputs/entry_queue.h"

#include <algorithm>
#include <utility>

namespace mesos_executor::log_shipper {
namespace {

// The entry that begins at `position`.
absl::string_view EntryAt(const std::string& batch, size_t position) {
  const absl::string_view rest = absl::string_view(batch).substr(position);
  return rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
}

}  // namespace

void EntryQueue::Push(std::string entries) {
  if (entries.empty()) return;
  bytes_ += entries.size();
  batches_.push_back(std::move(entries));
}

std::vector<absl::string_view> EntryQueue::Peek(size_t count) const {
  std::vector<absl::string_view> entries;
  size_t position = position_;
  for (const std::string& batch : batches_) {
    for (; position < batch.size(); position += entries.back().size()) {
      if (entries.size() == count) return entries;
      entries.push_back(EntryAt(batch, position));
    }
    position = 0;
  }
  return entries;
}

size_t EntryQueue::Pop() {
  const std::string& batch = batches_.front();
  const size_t size = EntryAt(batch, position_).size();
  position_ += size;
  bytes_ -= size;
  if (position_ == batch.size()) {
    batches_.pop_front();
    position_ = 0;
  }
  return size;
}

}  // namespace mesos_executor::log_shipper
