#include "supervisor/agent/libprocess_ssl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace mesos_executor::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Variables = std::map<std::string, std::string, std::less<>>;

class LibprocessSslTest : public testing::Test {
 protected:
  absl::StatusOr<std::optional<TlsSettings>> Read(const Variables& variables) {
    warnings_.clear();
    return ReadLibprocessSsl(Environment(variables), &warnings_);
  }

  static Variables With(Variables more) {
    more.emplace("LIBPROCESS_SSL_ENABLED", "true");
    more.emplace("LIBPROCESS_SSL_VERIFY_SERVER_CERT", "1");
    return more;
  }

  std::vector<std::string> warnings_;
};

TEST_F(LibprocessSslTest, NothingIsReadUnlessItIsEnabled) {
  for (const char* value : {"", "0", "false"}) {
    const auto tls = Read({{"LIBPROCESS_SSL_ENABLED", value},
                           {"LIBPROCESS_SSL_VERIFY_SERVER_CERT", "nonsense"},
                           {"LIBPROCESS_SSL_CERT_FILE", "/own.pem"}});
    ASSERT_TRUE(tls.ok()) << tls.status();
    EXPECT_FALSE(tls->has_value());
    EXPECT_THAT(warnings_, IsEmpty());
  }
}

TEST_F(LibprocessSslTest, AnotherWordThanYesIsNoAndSaid) {
  const auto tls = Read({{"SSL_ENABLED", "yes"}});
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_FALSE(tls->has_value());
  EXPECT_THAT(warnings_, ElementsAre(StartsWith("SSL_ENABLED: \"yes\"")));
}

TEST_F(LibprocessSslTest, TakesAllThatMattersToAClient) {
  const auto tls = Read(With({{"LIBPROCESS_SSL_CA_FILE", "/ca.pem"},
                              {"LIBPROCESS_SSL_CA_DIR", "/cas"},
                              {"LIBPROCESS_SSL_CERT_FILE", "/own.pem"},
                              {"LIBPROCESS_SSL_KEY_FILE", "/own.key"},
                              {"LIBPROCESS_SSL_VERIFY_IPADD", "true"},
                              {"LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME", "openssl"},
                              {"LIBPROCESS_SSL_SUPPORT_DOWNGRADE", "false"}}));
  ASSERT_TRUE(tls.ok()) << tls.status();
  ASSERT_TRUE(tls->has_value());
  EXPECT_EQ((*tls)->ca_file, "/ca.pem");
  EXPECT_EQ((*tls)->ca_dir, "/cas");
  EXPECT_EQ((*tls)->certificate_file, "/own.pem");
  EXPECT_EQ((*tls)->key_file, "/own.key");
  EXPECT_EQ((*tls)->server_name, "");
  EXPECT_TRUE((*tls)->verify_peer);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(LibprocessSslTest, NobodyIsVerifiedUnlessThatIsAskedForAndThatIsSaid) {
  const auto tls = Read({{"LIBPROCESS_SSL_ENABLED", "1"}, {"LIBPROCESS_SSL_CA_FILE", "/ca.pem"}});
  ASSERT_TRUE(tls.ok()) << tls.status();
  ASSERT_TRUE(tls->has_value());
  EXPECT_FALSE((*tls)->verify_peer);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("anybody is believed")));
}

TEST_F(LibprocessSslTest, OldNamesCountWhereTheNewOnesAreNotSet) {
  const auto tls = Read({{"SSL_ENABLED", "true"},
                         {"SSL_VERIFY_CERT", "true"},
                         {"SSL_CA_FILE", "/old.pem"},
                         {"LIBPROCESS_SSL_CA_FILE", "/new.pem"},
                         {"SSL_CERT_FILE", "/own.pem"},
                         {"SSL_KEY_FILE", "/own.key"}});
  ASSERT_TRUE(tls.ok()) << tls.status();
  ASSERT_TRUE(tls->has_value());
  EXPECT_TRUE((*tls)->verify_peer);
  EXPECT_EQ((*tls)->ca_file, "/new.pem");
  EXPECT_EQ((*tls)->certificate_file, "/own.pem");
  EXPECT_EQ((*tls)->key_file, "/own.key");
  const auto on = Read({{"LIBPROCESS_SSL_ENABLED", "false"}, {"SSL_ENABLED", "true"}});
  ASSERT_TRUE(on.ok()) << on.status();
  EXPECT_FALSE(on->has_value());
}

TEST_F(LibprocessSslTest, TheOperatorsPrefixCountsMoreThanTheOptionsAge) {
  const auto tls = Read({{"LIBPROCESS_SSL_ENABLED", "1"},
                         {"LIBPROCESS_SSL_VERIFY_CERT", "true"},
                         {"SSL_VERIFY_SERVER_CERT", "false"}});
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_TRUE((*tls)->verify_peer);
}

TEST_F(LibprocessSslTest, ATasksOwnCertFileIsNotOurs) {
  const auto tls = Read(With({{"SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"}}));
  ASSERT_TRUE(tls.ok()) << tls.status();
  ASSERT_TRUE(tls->has_value());
  EXPECT_EQ((*tls)->certificate_file, "");
}

TEST_F(LibprocessSslTest, WhatMakesItLessSafeThanMeantIsAnError) {
  const struct {
    const char* variable;
    const char* value;
    const char* message;
  } cases[] = {
      {"LIBPROCESS_SSL_VERIFY_SERVER_CERT", "yes",
       "LIBPROCESS_SSL_VERIFY_SERVER_CERT: \"yes\" is none of true, 1, false and 0"},
      {"LIBPROCESS_SSL_CERT_FILE", "/own.pem",
       "LIBPROCESS_SSL_KEY_FILE: not set, but LIBPROCESS_SSL_CERT_FILE is: set both or neither"},
      {"SSL_KEY_FILE", "/own.key",
       "LIBPROCESS_SSL_CERT_FILE: not set, but SSL_KEY_FILE is: set both or neither"},
  };
  for (const auto& each : cases) {
    const auto tls = Read(With({{each.variable, each.value}}));
    EXPECT_EQ(tls.status(), absl::InvalidArgumentError(each.message));
  }
}

TEST_F(LibprocessSslTest, WhatHasNoEffectIsSaid) {
  const struct {
    const char* variable;
    const char* value;
    const char* hint;
  } cases[] = {
      {"LIBPROCESS_SSL_SUPPORT_DOWNGRADE", "true", "never spoken to in plain text"},
      {"LIBPROCESS_SSL_VERIFY_IPADD", "maybe\n", "none of true, 1, false and 0"},
      {"LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME", "dns", "neither legacy nor openssl"},
  };
  for (const auto& each : cases) {
    const auto tls = Read(With({{each.variable, each.value}}));
    ASSERT_TRUE(tls.ok()) << tls.status();
    EXPECT_TRUE(tls->has_value());
    EXPECT_THAT(warnings_, ElementsAre(AllOf(StartsWith(std::string(each.variable) + ": "),
                                             HasSubstr(each.hint), Not(HasSubstr("\n")))));
  }
}

}  // namespace
}  // namespace mesos_executor::agent
