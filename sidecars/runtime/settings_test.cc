#include "sidecars/runtime/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Settings> FromBytes(const std::string& bytes) {
  const UniqueFd fd(memfd_create("settings", MFD_CLOEXEC));
  EXPECT_EQ(write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(lseek(fd.get(), 0, SEEK_SET), 0);
  return Settings::FromDescriptor(fd.get());
}

TEST(SettingsTest, ThePrefixedNameWinsOverTheBareOne) {
  const char* const environment[] = {"CONSUL_HOST=bare", "ALLEGRO_EXECUTOR_CONSUL_HOST=prefixed",
                                     "ONLY_BARE=b", "ALLEGRO_EXECUTOR_ONLY_PREFIXED=p", nullptr};
  const Settings settings = Settings(Environment::FromBlock(environment));
  EXPECT_EQ(settings.Get("CONSUL_HOST"), "prefixed");
  EXPECT_EQ(settings.Get("ONLY_BARE"), "b");
  EXPECT_EQ(settings.Get("ONLY_PREFIXED"), "p");
  EXPECT_EQ(settings.Get("NEITHER"), std::nullopt);
}

TEST(SettingsTest, ADescriptorGivesTheSameAsAnEnvironment) {
  using std::string_literals::operator""s;
  const auto settings =
      FromBytes("CONSUL_TOKEN=two\nlines\0EMPTY=\0ALLEGRO_EXECUTOR_VAAS_HOST=v\0"s);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Get("CONSUL_TOKEN"), "two\nlines");
  EXPECT_EQ(settings->Get("EMPTY"), "");
  EXPECT_EQ(settings->Get("VAAS_HOST"), "v");
}

TEST(SettingsTest, AnEmptyDescriptorHasNoSettings) {
  const auto settings = FromBytes("");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->Get("ANY"), std::nullopt);
}

TEST(SettingsTest, MalformedDescriptorsAreRefusedWithoutQuotingTheirContent) {
  using std::string_literals::operator""s;
  for (const std::string& bytes :
       {"A=1\0SECRET"s, "A=1\0SECRET=x"s, "SECRET\0A=1\0"s, "=SECRET\0"s}) {
    const auto settings = FromBytes(bytes);
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
    EXPECT_THAT(settings.status().message(), Not(HasSubstr("SECRET")));
  }
}

TEST(SettingsTest, MoreThanAnEnvironmentCanHoldIsRefused) {
  EXPECT_EQ(FromBytes("A=" + std::string(2 << 20, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SettingsTest, AClosedDescriptorIsAnError) { EXPECT_FALSE(Settings::FromDescriptor(-1).ok()); }

}  // namespace
}  // namespace mesos_executor::sidecar
