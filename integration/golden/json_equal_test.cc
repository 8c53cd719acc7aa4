#include "integration/golden/json_equal.h"

#include "gtest/gtest.h"

namespace mesos_executor {
namespace {

TEST(JsonDifference, PassesOverWhatProtobufLeavesOpen) {
  EXPECT_EQ(JsonDifference(R"({"a": 9007199254740993, "b": [{"c": null}], "d": []})",
                           R"({"b": [{}], "a": "9007199254740993"})"),
            "");
}

TEST(JsonDifference, NamesThePlace) {
  EXPECT_EQ(JsonDifference(R"({"a": [{"b": 1}, {"b": 2}]})", R"({"a": [{"b": 1}, {"b": 3}]})"),
            "/a/1/b: 2 against 3");
  EXPECT_EQ(JsonDifference(R"({"a": 9007199254740993})", R"({"a": "9007199254740992"})"),
            R"(/a: 9007199254740993 against "9007199254740992")");
}

TEST(JsonDifference, SeesWhatOnlyOneSideHas) {
  EXPECT_EQ(JsonDifference(R"({"a": {}})", "{}"), "/a: only on the left");
  EXPECT_EQ(JsonDifference("{}", R"({"a": {}})"), "/a: only on the right");
  EXPECT_EQ(JsonDifference(R"({"a": [1]})", R"({"a": [1, 2]})"), "/a: [1] against [1,2]");
  EXPECT_EQ(JsonDifference("{", "{}"), "the left side is no JSON");
}

}  // namespace
}  // namespace mesos_executor
