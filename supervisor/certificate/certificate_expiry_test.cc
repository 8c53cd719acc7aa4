#include "supervisor/certificate/certificate_expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "supervisor/base/test_certificates.h"

namespace mesos_executor::certificate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class CertificateExpiryTest : public ::testing::Test {
 protected:
  std::string Issue(absl::Duration rest) {
    return Content(certificates_.Issue({.rest = rest}).certificate);
  }

  TestCertificates certificates_;
};

TEST_F(CertificateExpiryTest, ReadsTheEndOfTheFirstCertificate) {
  const absl::Time before = absl::Now() - absl::Seconds(1);
  const std::string day = Issue(absl::Hours(24));
  const std::string week = Issue(absl::Hours(24 * 7));
  const absl::Time after = absl::Now() + absl::Seconds(1);
  for (const std::string& pem : {day, absl::StrCat("some words\n", day, week)}) {
    const auto time = NotAfter(pem);
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_GE(*time, before + absl::Hours(24));
    EXPECT_LE(*time, after + absl::Hours(24));
  }
  EXPECT_GE(*NotAfter(week), before + absl::Hours(24 * 7));
}

TEST_F(CertificateExpiryTest, SaysThatItIsNoCertificate) {
  const std::string good = Issue(absl::Hours(1));
  const std::string key = Content(certificates_.Issue({}).key);
  for (const std::string& pem :
       {std::string(), std::string("words"), key, good.substr(0, good.size() / 2),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                    "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n")}) {
    const absl::Status status = NotAfter(pem).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << pem;
    EXPECT_THAT(std::string(status.message()),
                StartsWith("problem with certificate: CERTIFICATE is no certificate in PEM: "));
  }
  EXPECT_THAT(std::string(NotAfter(std::string(200'000, 'x')).status().message()),
              HasSubstr("it has 200000 bytes"));
}

TEST_F(CertificateExpiryTest, TheTaskIsKilledAShareOfTheRangeBeforeTheEnd) {
  const std::string pem = Issue(absl::Hours(24));
  const std::vector<std::string> environment = {"CERTIFICATES=x", absl::StrCat("CERTIFICATE=", pem),
                                                "CERTIFICATE=second"};
  const absl::Time end = *NotAfter(pem);
  const absl::Time now = end - absl::Hours(12);
  EXPECT_EQ(*KillTime(environment, now, absl::Hours(3), 0), end);
  EXPECT_EQ(*KillTime(environment, now, absl::Hours(3), 1), end - absl::Hours(3));
  EXPECT_EQ(*KillTime(environment, now, absl::Hours(3), 0.5), end - absl::Minutes(90));
  EXPECT_EQ(*KillTime(environment, now, absl::ZeroDuration(), 0.5), end);
}

TEST_F(CertificateExpiryTest, SaysThatNoTimeIsLeft) {
  const std::string pem = Issue(absl::Hours(24));
  const std::vector<std::string> environment = {absl::StrCat("CERTIFICATE=", pem)};
  const absl::Time end = *NotAfter(pem);
  EXPECT_TRUE(KillTime(environment, end - absl::Seconds(1), absl::Hours(3), 0).ok());
  EXPECT_TRUE(
      KillTime(environment, end - absl::Hours(3) - absl::Seconds(1), absl::Hours(3), 1).ok());
  for (const absl::Time now : {end - absl::Hours(3), end, end + absl::Hours(1)}) {
    const absl::Status status = KillTime(environment, now, absl::Hours(3), 1).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                AllOf(StartsWith("problem with certificate: it is valid until "),
                      HasSubstr("up to 3h before")));
  }
}

TEST_F(CertificateExpiryTest, SaysThatThereIsNone) {
  EXPECT_EQ(KillTime({"PATH=/bin"}, absl::Now(), absl::Hours(3), 0).status().message(),
            "problem with certificate: the task's environment has no CERTIFICATE, which its label "
            "validate-certificate asks for");
}

}  // namespace
}  // namespace mesos_executor::certificate
