#include "sidecars/log_shipper/outputs/receiver_choice.h"

#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

const Receiver kA = {"a", 1};
const Receiver kB = {"b", 2};
const Receiver kC = {"c", 3};

TEST(ReceiverChoiceTest, TheNextTakesOverAtOnceAndAPauseEndsEachRound) {
  ReceiverChoice choice({kA, kB}, [] { return 0.0; });
  EXPECT_EQ(*choice.current(), kA);
  EXPECT_EQ(choice.Failed(), absl::ZeroDuration());
  EXPECT_EQ(*choice.current(), kB);
  EXPECT_EQ(choice.Failed(), absl::Milliseconds(250));
  EXPECT_EQ(*choice.current(), kA);
  EXPECT_EQ(choice.Failed(), absl::ZeroDuration());
  EXPECT_EQ(choice.Failed(), absl::Milliseconds(500));
}

TEST(ReceiverChoiceTest, PausesAreBoundedAndEndWithSuccess) {
  ReceiverChoice choice({kA}, [] { return 0.0; });
  for (int i = 0; i < 100; ++i) choice.Failed();
  EXPECT_EQ(choice.Failed(), absl::Seconds(15));
  choice.Works();
  EXPECT_EQ(choice.Failed(), absl::Milliseconds(250));
}

TEST(ReceiverChoiceTest, ARoundIsCountedFromTheOneThatWorked) {
  ReceiverChoice choice({kA, kB, kC}, [] { return 0.0; });
  choice.Failed();
  choice.Works();  // b
  EXPECT_EQ(choice.Failed(), absl::ZeroDuration());
  EXPECT_EQ(choice.Failed(), absl::ZeroDuration());
  EXPECT_GT(choice.Failed(), absl::ZeroDuration());
  EXPECT_EQ(*choice.current(), kB);
}

TEST(ReceiverChoiceTest, TheOneInUseIsKeptWhileItIsListed) {
  ReceiverChoice choice({kA, kB}, [] { return 0.0; });
  choice.Failed();
  EXPECT_TRUE(choice.Replace({kC, kB, kA}));
  EXPECT_EQ(*choice.current(), kB);
  EXPECT_FALSE(choice.Replace({kC, kA}));
  EXPECT_EQ(*choice.current(), kC);
}

TEST(ReceiverChoiceTest, AnEmptyListIsNoNews) {
  ReceiverChoice choice({kA}, [] { return 0.0; });
  EXPECT_TRUE(choice.Replace({}));
  EXPECT_EQ(*choice.current(), kA);
}

TEST(ReceiverChoiceTest, ShippersSpreadOverNewReceivers) {
  double random = 0;
  ReceiverChoice choice({}, [&] { return random; });
  EXPECT_EQ(choice.current(), nullptr);
  random = 0.999;
  EXPECT_FALSE(choice.Replace({kA, kB, kC}));
  EXPECT_EQ(*choice.current(), kC);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
