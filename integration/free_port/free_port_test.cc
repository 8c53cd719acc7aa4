#include "integration/free_port/free_port.h"

#include <gtest/gtest.h>

#include <set>

namespace mesos_executor {
namespace {

TEST(FreePortTest, EachIsAnotherOne) {
  const auto ports = FreePorts(100);
  ASSERT_TRUE(ports.ok()) << ports.status();
  const std::set<uint16_t> different(ports->begin(), ports->end());
  EXPECT_EQ(different.size(), 100u);
  EXPECT_EQ(different.count(0), 0u);
}

}  // namespace
}  // namespace mesos_executor
