// For tests: what an Output tells, and a loop that runs until something is so.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_RECORDED_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_RECORDED_OUTPUT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sidecars/log_shipper/output.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

class RecordingListener final : public Output::Listener {
 public:
  void OnReady() override { ++ready; }
  void OnBroken(const absl::Status& why) override { broken.emplace_back(why.message()); }
  void OnDropped(uint64_t entries, const char* reason) override { dropped[reason] += entries; }

  int ready = 0;
  std::vector<std::string> broken;
  std::map<std::string, uint64_t> dropped;
};

// Whether `condition` became true within a minute.
inline bool RunUntil(AsioEventLoop* loop, const std::function<bool()>& condition) {
  const absl::Time end = loop->Now() + absl::Minutes(1);
  bool met = false;
  std::unique_ptr<Pending> next;
  const std::function<void()> look = [&] {
    met = condition();
    if (met || loop->Now() > end) return loop->Stop();
    next = loop->After(absl::Milliseconds(1), look);
  };
  loop->io_context().restart();
  look();
  loop->Run();
  return met;
}

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_RECORDED_OUTPUT_H_
