#include "sidecars/log_shipper/spools_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protos/lifecycle/v1/spools.pb.h"

namespace mesos_executor::log_shipper {
namespace {

using lifecycle::v1::Spools;
using ::testing::HasSubstr;

class SpoolsMessageTest : public testing::Test {
 protected:
  SpoolsMessageTest() {
    message_.set_incarnation("i");
    message_.set_framework_id("f");
    message_.set_executor_id("e");
    message_.set_task_id("t");
    message_.set_limit_bytes(7);
    for (const Spools::Role role :
         {Spools::EXECUTOR_STDERR, Spools::OFFSETS, Spools::STDERR_SPOOL, Spools::STDOUT_SPOOL}) {
      message_.add_roles(role);
    }
  }

  std::string Refusal(size_t descriptors = 4) const {
    return std::string(ParseSpools(message_.SerializeAsString(), descriptors).status().message());
  }

  Spools message_;
};

TEST_F(SpoolsMessageTest, TellsWhatEachDescriptorIs) {
  const auto parsed = ParseSpools(message_.SerializeAsString(), 4);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->task_id, "t");
  EXPECT_EQ(parsed->limit, 7u);
  EXPECT_EQ(parsed->out, 3u);
  EXPECT_EQ(parsed->err, 2u);
  EXPECT_EQ(parsed->offsets, 1u);
  EXPECT_EQ(parsed->executor_out, std::nullopt);
  EXPECT_EQ(parsed->executor_err, 0u);
}

TEST_F(SpoolsMessageTest, ARoleThatIsNewIsSkipped) {
  message_.add_roles(static_cast<Spools::Role>(99));
  EXPECT_TRUE(ParseSpools(message_.SerializeAsString(), 5).ok());
}

TEST_F(SpoolsMessageTest, EveryDescriptorHasARole) {
  EXPECT_THAT(Refusal(3), HasSubstr("3 descriptors came with 4 roles"));
  EXPECT_THAT(Refusal(5), HasSubstr("5 descriptors"));
}

TEST_F(SpoolsMessageTest, NoRoleIsTakenTwice) {
  message_.set_roles(0, Spools::OFFSETS);
  EXPECT_THAT(Refusal(), HasSubstr("two descriptors are OFFSETS"));
}

TEST_F(SpoolsMessageTest, ASpoolMayNotLack) {
  message_.set_roles(3, Spools::EXECUTOR_STDOUT);
  EXPECT_THAT(Refusal(), HasSubstr("STDOUT_SPOOL"));
}

TEST_F(SpoolsMessageTest, IdsAndTheBoundAreChecked) {
  message_.set_limit_bytes(0);
  EXPECT_THAT(Refusal(), HasSubstr("limit_bytes"));
  message_.set_limit_bytes(1);
  message_.set_task_id("a\nb");
  EXPECT_THAT(Refusal(), HasSubstr("task_id"));
  message_.set_task_id("t");
  message_.clear_incarnation();
  EXPECT_THAT(Refusal(), HasSubstr("incarnation"));
}

TEST_F(SpoolsMessageTest, GarbageIsNoMessage) {
  EXPECT_THAT(std::string(ParseSpools("\xff\xff", 0).status().message()),
              HasSubstr("not a message"));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
