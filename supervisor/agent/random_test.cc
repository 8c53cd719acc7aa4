#include "supervisor/agent/random.h"

#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/escaping.h"

namespace mesos_executor::agent {
namespace {

TEST(RandomTest, UuidsHaveVersionFourAndTheRfcVariant) {
  const RandomBits random = [generator = std::mt19937_64(1)]() mutable { return generator(); };
  const std::regex version4("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}");
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = MakeUuid(random);
    EXPECT_EQ(uuid.size(), 16u);
    const std::string hex = absl::BytesToHexString(uuid);
    EXPECT_TRUE(std::regex_match(hex, version4)) << hex;
  }
}

TEST(RandomTest, UuidsOfTheSystemDiffer) {
  std::set<std::string> uuids;
  for (int i = 0; i < 1000; ++i) uuids.insert(MakeUuid(SystemRandomBits));
  EXPECT_EQ(uuids.size(), 1000u);
}

TEST(RandomTest, DurationsSpanTheRange) {
  const absl::Duration low = absl::Milliseconds(50), high = absl::Milliseconds(500);
  EXPECT_EQ(RandomDuration(low, high, [] { return uint64_t{0}; }), low);
  const absl::Duration top = RandomDuration(low, high, [] { return ~uint64_t{0}; });
  EXPECT_LE(top, high);
  EXPECT_GT(top, high - absl::Microseconds(1));
}

}  // namespace
}  // namespace mesos_executor::agent
