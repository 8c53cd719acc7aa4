// Weights that rise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sidecars/vaas_registrar/registrar_fixture.h"

namespace mesos_executor::vaas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(RegistrarTest, TheWeightRisesOverTheTimeOfItsLabel) {
  facts_ += R"(labels { key: "weight:20" value: "tag" }
               labels { key: "executor-weight-ramp" value: "100s" })";
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  loop_.Advance(absl::Seconds(11));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 2"));
  loop_.Advance(absl::Seconds(45));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 10"));
  // Another process goes on where this one stopped.
  Restart();
  State(lifecycle::v1::HEALTHY);
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 10"));
  loop_.Advance(absl::Minutes(2));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 20"));
  EXPECT_EQ(vaas_.Count("PATCH"), 10);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Minutes(2));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, EachWeightIsFollowedIntoVarnish) {
  facts_ += R"(labels { key: "weight:20" value: "tag" }
               labels { key: "executor-weight-ramp" value: "100s" })";
  Register();
  const int looks = vaas_.Count("GET /api/v0.1/task/");
  loop_.Advance(absl::Seconds(11));
  EXPECT_EQ(vaas_.Count("PATCH"), 1);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/task/"), looks + 1);
}

TEST_F(RegistrarTest, AVaasThatDoesNotChangeWeightsIsAskedOnceAndGivenTheLastOne) {
  facts_ += R"(labels { key: "weight:20" value: "tag" }
               labels { key: "executor-weight-ramp" value: "100s" })";
  vaas_.instead = [](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "PATCH") return std::nullopt;
    return fake_vaas::Reply{.status = 405};
  };
  Register();
  loop_.Advance(absl::Minutes(10));
  EXPECT_EQ(vaas_.Count("PATCH"), 1);
  EXPECT_EQ(vaas_.Count("POST"), 2);
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 20"));
}

}  // namespace
}  // namespace mesos_executor::vaas
