#include "integration/bench/registrations.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "integration/fake_consul/fake_consul.h"

namespace mesos_executor::bench {
namespace {

TEST(RegistrationsTest, BothRegisterAllAndRemoveAll) {
  constexpr int kTasks = 30;
  for (const auto& measure : {RegisterByRegistrar, RegisterByBareLoop}) {
    fake_consul::FakeConsul consul;
    const auto rate = measure(consul.port(), kTasks, "task");
    ASSERT_TRUE(rate.ok()) << rate.status();
    EXPECT_GT(*rate, 0);
    const auto requests = consul.Requests();
    EXPECT_EQ(std::count(requests.begin(), requests.end(), "PUT /v1/agent/service/register"),
              kTasks);
    EXPECT_TRUE(consul.Services().empty());
  }
}

TEST(RegistrationsTest, WithoutAConsulThereIsNoRate) {
  fake_consul::FakeConsul consul("00000000-0000-0000-0000-000000000000");
  for (const auto& measure : {RegisterByRegistrar, RegisterByBareLoop}) {
    EXPECT_FALSE(measure(consul.port(), 1, "task").ok()) << "no token, no registration";
  }
}

}  // namespace
}  // namespace mesos_executor::bench
