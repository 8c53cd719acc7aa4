#include "integration/receiver/tally.h"

#include <gtest/gtest.h>

namespace mesos_executor::receiver {
namespace {

TEST(TallyTest, LinesAndBytesAreCounted) {
  Tally tally(/*numbers=*/false);
  tally.Add("{\"seq\":1}\n\n");
  tally.Add("");
  tally.Add("x\n");
  EXPECT_EQ(tally.counts.lines, 3u);
  EXPECT_EQ(tally.counts.bytes, 13u);
  EXPECT_EQ(tally.counts.distinct, 0u);
}

TEST(TallyTest, NumbersAreToldApart) {
  Tally tally(/*numbers=*/true);
  tally.Add("{\"seq\":0}\n{\"seq\":1,\"a\":2}\n{\"b\":0,\"seq\":3}\n");
  EXPECT_EQ(tally.counts.distinct, 3u);
  EXPECT_EQ(tally.counts.repeated, 0u);
  EXPECT_EQ(tally.counts.late, 0u);
  tally.Add("{\"seq\":1}\n{\"seq\":2}\n{\"seq\":4}\n");
  EXPECT_EQ(tally.counts.distinct, 5u);
  EXPECT_EQ(tally.counts.repeated, 1u);
  EXPECT_EQ(tally.counts.late, 1u) << "2 came after 3";
}

TEST(TallyTest, WhatIsNoNumberIsALineAllTheSame) {
  Tally tally(/*numbers=*/true);
  tally.Add(
      "{\"seq\":}\n{\"seq\":x}\n{\"seq\":-1}\n{\"seq\":99999999999999999999}\n"
      "{\"seq\":1073741824}\n\"seq\":\n");
  EXPECT_EQ(tally.counts.lines, 6u);
  EXPECT_EQ(tally.counts.distinct, 0u);
}

TEST(TallyTest, CountsAreReadAsTheyAreWritten) {
  const Counts counts = {1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(counts.Text(), "lines=1 bytes=2 distinct=3 repeated=4 late=5 connections=6 overruns=7");
  EXPECT_EQ(Counts::FromText(counts.Text()).Text(), counts.Text());
  EXPECT_EQ(Counts::FromText("lines=8 unknown=1 bytes").Text(), Counts{8}.Text());
}

}  // namespace
}  // namespace mesos_executor::receiver
