#include "supervisor/process/user_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace mesos_executor::process {
namespace {

class UserIdentityTest : public testing::Test {
 protected:
  UserIdentityTest() {
    std::ofstream(passwd_) << "root:x:0:0:root:/root:/bin/bash\n"
                           << "broken line\n"
                           << "app:x:1000:1001:An app,,,:/home/app:/bin/sh\n";
  }

  const std::string passwd_ = testing::TempDir() + "/passwd";
  const std::string group_ = testing::TempDir() + "/group";
};

TEST_F(UserIdentityTest, AUserHasItsOwnGroupFirstAndThoseThatListIt) {
  std::ofstream(group_)
      << "app:x:1001:app\nwheel:x:10:root,app\nother:x:11:root,apps\nlog:x:12:app\n";
  const absl::StatusOr<UserIdentity> app = LookUpUser("app", passwd_, group_);
  ASSERT_TRUE(app.ok()) << app.status();
  EXPECT_EQ(app->uid, 1000u);
  EXPECT_EQ(app->gid, 1001u);
  EXPECT_THAT(app->groups, testing::ElementsAre(1001, 10, 12));
}

TEST_F(UserIdentityTest, AGroupOfThousandsOfMembersIsReadWhole) {
  std::ofstream group(group_);
  group << "crowd:x:77:";
  for (int i = 0; i < 5000; ++i) group << "user" << i << ",";
  group << "app\n";
  group.close();
  const absl::StatusOr<UserIdentity> app = LookUpUser("app", passwd_, group_);
  ASSERT_TRUE(app.ok()) << app.status();
  EXPECT_THAT(app->groups, testing::ElementsAre(1001, 77));
}

TEST_F(UserIdentityTest, AUserThatIsNotInTheFileIsNamed) {
  std::ofstream(group_) << "";
  EXPECT_EQ(LookUpUser("ap", passwd_, group_).status(),
            absl::NotFoundError("user ap: not in " + passwd_));
}

TEST_F(UserIdentityTest, AFileThatIsMissingIsNamed) {
  const absl::Status status = LookUpUser("app", "/no/such/passwd", group_).status();
  EXPECT_EQ(status.message(), "open /no/such/passwd: No such file or directory");
}

}  // namespace
}  // namespace mesos_executor::process
