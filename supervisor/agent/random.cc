#include "supervisor/agent/random.h"

#include <glog/logging.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace mesos_executor::agent {

uint64_t SystemRandomBits() {
  uint64_t bits;
  // So few bytes come whole or not at all (getrandom(2)); EINTR only before the kernel's pool is
  // ready.
  while (getrandom(&bits, sizeof(bits), 0) != sizeof(bits)) PCHECK(errno == EINTR) << "getrandom";
  return bits;
}

absl::Duration RandomDuration(absl::Duration low, absl::Duration high, const RandomBits& random) {
  const double share =
      static_cast<double>(random() >> 11) * 0x1p-53;  // [0, 1): a double has 53 bits.
  return low + share * (high - low);
}

std::string MakeUuid(const RandomBits& random) {
  const uint64_t halves[2] = {random(), random()};
  std::string uuid(16, '\0');
  std::memcpy(uuid.data(), halves, sizeof(halves));
  uuid[6] = static_cast<char>((uuid[6] & 0x0f) | 0x40);  // Version 4.
  uuid[8] = static_cast<char>((uuid[8] & 0x3f) | 0x80);  // The RFC's variant.
  return uuid;
}

}  // namespace mesos_executor::agent
