// A slice of the soak: enough to see each fault many times.
#include "integration/soak/soak.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <random>

namespace mesos_executor {
namespace {

void ExpectAllWell(uint64_t seed, int launches) {
  const SoakOptions options = {
      .executor = std::filesystem::absolute("supervisor/mesos-executor"),
      .seed = seed,
      .launches = launches,
  };
  const SoakSum sum = RunSoak(options, [&](int number, const SoakReport& life, const SoakSum&) {
    EXPECT_EQ(life.problem, "") << "bazel run //integration/soak -- --seed " << seed << " --first "
                                << number << " --launches 1";
  });
  std::cout << SoakLine(sum) << "\n";
  EXPECT_EQ(sum.passed, launches);
  // It was no easy life.
  EXPECT_GT(sum.all.faults, static_cast<size_t>(launches));
  EXPECT_GT(sum.all.subscriptions, static_cast<size_t>(launches));
}

TEST(SoakTest, NoUpdateIsLostOrChangesItsPlace) { ExpectAllWell(/*seed=*/1, 40); }

TEST(SoakTest, NorDoesItByOtherSeeds) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  ExpectAllWell(seed, 20);
}

}  // namespace
}  // namespace mesos_executor
