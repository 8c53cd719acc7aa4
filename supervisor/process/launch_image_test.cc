#include "supervisor/process/launch_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::process {
namespace {

using testing::ElementsAre;

template <typename String>
std::vector<std::string> Strings(String* const* strings) {
  std::vector<std::string> all;
  for (; *strings != nullptr; ++strings) all.emplace_back(*strings);
  return all;
}

LaunchSpec Spec(std::vector<std::string> argv) {
  LaunchSpec spec;
  spec.argv = std::move(argv);
  return spec;
}

TEST(LaunchImageTest, ASpecArrivesAsItWasWritten) {
  LaunchSpec spec = Spec({"sh", "", "two words"});
  spec.environment = {"PATH=/a:/b", "EMPTY=", "NO_EQUALS_SIGN"};
  spec.limits = {{.resource = RLIMIT_CORE, .soft = 0, .hard = 5}, {.resource = RLIMIT_NOFILE}};
  spec.sigterm_exclusions = {"envoy", "a b"};
  const absl::StatusOr<UniqueFd> fd =
      WriteLaunchImage(spec, UserIdentity{.uid = 1, .gid = 2, .groups = {2, 3, 4}});
  ASSERT_TRUE(fd.ok()) << fd.status();
  const std::unique_ptr<LaunchImage> image = LaunchImage::Map(fd->get());
  ASSERT_NE(image, nullptr);
  const ExecPlan plan = image->Plan();
  EXPECT_THAT(Strings(plan.candidates), ElementsAre("/a/sh", "/b/sh"));
  EXPECT_THAT(Strings(plan.argv), ElementsAre("sh", "", "two words"));
  EXPECT_THAT(Strings(plan.environment), ElementsAre("PATH=/a:/b", "EMPTY=", "NO_EQUALS_SIGN"));
  EXPECT_TRUE(plan.switch_user);
  EXPECT_EQ(plan.uid, 1u);
  EXPECT_EQ(plan.gid, 2u);
  EXPECT_THAT(std::vector<gid_t>(plan.groups, plan.groups + plan.group_count),
              ElementsAre(2, 3, 4));
  ASSERT_EQ(plan.limit_count, 2u);
  EXPECT_EQ(plan.limits[0].resource, RLIMIT_CORE);
  EXPECT_EQ(plan.limits[0].soft, 0u);
  EXPECT_EQ(plan.limits[0].hard, 5u);
  EXPECT_EQ(plan.limits[1].resource, RLIMIT_NOFILE);
  EXPECT_EQ(plan.limits[1].hard, RLIM_INFINITY);
  EXPECT_THAT(image->SigtermExclusions(), ElementsAre("envoy", "a b"));
  plan.shell_argv[1] = plan.candidates[0];
  EXPECT_THAT(Strings(plan.shell_argv), ElementsAre("/bin/sh", "/a/sh", "", "two words"));
}

TEST(LaunchImageTest, WithoutAUserThereIsNoSwitch) {
  const absl::StatusOr<UniqueFd> fd = WriteLaunchImage(Spec({"/bin/true"}), std::nullopt);
  ASSERT_TRUE(fd.ok()) << fd.status();
  const std::unique_ptr<LaunchImage> image = LaunchImage::Map(fd->get());
  ASSERT_NE(image, nullptr);
  EXPECT_FALSE(image->Plan().switch_user);
  EXPECT_THAT(Strings(image->Plan().environment), testing::IsEmpty());
}

TEST(LaunchImageTest, ANulByteIsRefusedWithItsPlace) {
  LaunchSpec spec = Spec({"/bin/true", std::string("a\0b", 3)});
  EXPECT_EQ(WriteLaunchImage(spec, std::nullopt).status(),
            absl::InvalidArgumentError("argument 1 holds a NUL byte"));
}

TEST(LaunchImageTest, MoreThanTheKernelTakesIsRefused) {
  LaunchSpec spec = Spec({"/bin/true"});
  spec.environment.push_back(std::string(kMaxLaunchImage, 'x'));
  EXPECT_EQ(WriteLaunchImage(spec, std::nullopt).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(LaunchImageTest, ADescriptorThatIsNoImageIsAnError) {
  EXPECT_EQ(LaunchImage::Map(-1), nullptr);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace mesos_executor::process
