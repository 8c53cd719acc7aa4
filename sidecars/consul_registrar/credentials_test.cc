#include "sidecars/consul_registrar/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include "supervisor/base/test_certificates.h"

namespace mesos_executor::consul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class CredentialsTest : public ::testing::Test {
 protected:
  // As secrets are rotated: by rename, so that every reader sees one or the other.
  void WriteToken(const std::string& token) {
    const std::string fresh = files_.Write("token.new", token);
    ASSERT_EQ(rename(fresh.c_str(), settings_.token_file.c_str()), 0);
  }

  TestCertificates files_;
  ConsulSettings settings_;
};

TEST_F(CredentialsTest, NothingAskedForIsNothingSent) {
  const auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_THAT((*credentials)->Headers(), IsEmpty());
  EXPECT_EQ((*credentials)->tls(), nullptr);
  EXPECT_FALSE((*credentials)->Refresh(/*anyway=*/true));
}

TEST_F(CredentialsTest, TokenAndPasswordAreHeaders) {
  settings_.token = "secret";
  settings_.basic_auth = "user:password";
  const auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_THAT((*credentials)->Headers(),
              ElementsAre(Pair("X-Consul-Token", "secret"),
                          Pair("Authorization", "Basic dXNlcjpwYXNzd29yZA==")));
}

TEST_F(CredentialsTest, ATokenFileIsReadAgainWhenItHasChanged) {
  settings_.token_file = files_.Write("token", "first\n");
  const auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_THAT((*credentials)->Headers(), ElementsAre(Pair("X-Consul-Token", "first")));
  EXPECT_FALSE((*credentials)->Refresh(/*anyway=*/false));
  WriteToken("second");
  EXPECT_TRUE((*credentials)->Refresh(/*anyway=*/false));
  EXPECT_THAT((*credentials)->Headers(), ElementsAre(Pair("X-Consul-Token", "second")));
  EXPECT_FALSE((*credentials)->Refresh(/*anyway=*/true));
}

TEST_F(CredentialsTest, AFileThatTurnsBadLeavesTheTokenBeforeIt) {
  settings_.token_file = files_.Write("token", "first");
  const auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  for (const auto* bad : {"", "two words", "\x01"}) {
    WriteToken(bad);
    EXPECT_FALSE((*credentials)->Refresh(/*anyway=*/true));
  }
  ASSERT_EQ(remove(settings_.token_file.c_str()), 0);
  EXPECT_FALSE((*credentials)->Refresh(/*anyway=*/true));
  EXPECT_THAT((*credentials)->Headers(), ElementsAre(Pair("X-Consul-Token", "first")));
}

TEST_F(CredentialsTest, ABadFileAtTheStartIsNamedAndNotShown) {
  settings_.token_file = files_.Write("token", "se cret");
  const auto shown = Credentials::Create(settings_).status();
  EXPECT_EQ(shown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(shown.message()), HasSubstr(settings_.token_file));
  EXPECT_THAT(std::string(shown.message()), Not(HasSubstr("se cret")));
  settings_.token_file = "/nowhere/token";
  EXPECT_THAT(std::string(Credentials::Create(settings_).status().message()),
              HasSubstr("/nowhere/token"));
  settings_.token_file = files_.Write("long", std::string(20'000, 'x'));
  EXPECT_FALSE(Credentials::Create(settings_).ok());
}

TEST_F(CredentialsTest, CertificatesAreReadAgainWhenTheyHaveChanged) {
  settings_.address.tls = true;
  settings_.tls.ca_file = files_.Write("bad.pem", "nonsense");
  EXPECT_THAT(std::string(Credentials::Create(settings_).status().message()), HasSubstr("bad.pem"));
  settings_.tls.ca_file = files_.ca_file();
  const auto files = files_.Issue({});
  settings_.tls.certificate_file = files.certificate;
  settings_.tls.key_file = files.key;
  const auto credentials = Credentials::Create(settings_);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  const auto before = (*credentials)->tls();
  ASSERT_NE(before, nullptr);
  (*credentials)->Refresh(/*anyway=*/false);
  EXPECT_EQ((*credentials)->tls(), before);
  const auto next = files_.Issue({});
  ASSERT_EQ(rename(next.key.c_str(), files.key.c_str()), 0);
  // A key without its certificate: not yet.
  (*credentials)->Refresh(/*anyway=*/false);
  EXPECT_EQ((*credentials)->tls(), before);
  ASSERT_EQ(rename(next.certificate.c_str(), files.certificate.c_str()), 0);
  (*credentials)->Refresh(/*anyway=*/false);
  EXPECT_NE((*credentials)->tls(), before);
}

}  // namespace
}  // namespace mesos_executor::consul
