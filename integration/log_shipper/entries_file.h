// What a receiver has written of a numbered series so far.
#ifndef INTEGRATION_LOG_SHIPPER_ENTRIES_FILE_H_
#define INTEGRATION_LOG_SHIPPER_ENTRIES_FILE_H_

#include <cstdint>
#include <fstream>
#include <string>

#include "integration/receiver/tally.h"

namespace mesos_executor::receiver {

// Reads on where it was. The file only grows.
class EntriesFile {
 public:
  explicit EntriesFile(const std::string& path) : file_(path, std::ios::binary) {}

  // All that has come by now.
  const Counts& Look();
  // Waits until that many different ones have come, as long as there is news at least once a
  // minute.
  bool Await(uint64_t distinct);
  const Counts& counts() const { return tally_.counts; }

 private:
  std::ifstream file_;
  std::string rest_;
  Tally tally_{/*numbers=*/true};
};

}  // namespace mesos_executor::receiver

#endif  // INTEGRATION_LOG_SHIPPER_ENTRIES_FILE_H_
