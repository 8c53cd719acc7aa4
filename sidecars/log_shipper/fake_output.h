// A receiver that a test plays.
#ifndef SIDECARS_LOG_SHIPPER_FAKE_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_FAKE_OUTPUT_H_

#include <glog/logging.h>

#include <string>
#include <utility>
#include <vector>

#include "sidecars/log_shipper/output.h"

namespace mesos_executor::log_shipper {

struct FakeOutput final : Output {
  bool ready() const override { return is_ready && batches.size() < room; }
  void Send(std::string entries) override {
    CHECK(ready());
    sent += entries.size();
    all += entries;
    batches.push_back(std::move(entries));
  }
  size_t lines_a_turn() const override { return most_lines; }
  uint64_t written() const override { return stuck ? 0 : sent; }
  bool resends() const override { return has_window; }

  // The connection.
  bool is_ready = true;
  // Batches that it takes.
  size_t room = SIZE_MAX;
  size_t most_lines = SIZE_MAX;
  // Nothing reaches the receiver's kernel.
  bool stuck = false;
  bool has_window = true;
  uint64_t sent = 0;
  std::string all;
  std::vector<std::string> batches;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_FAKE_OUTPUT_H_
