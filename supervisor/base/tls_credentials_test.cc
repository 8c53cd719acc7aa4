#include "supervisor/base/tls_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

#include "supervisor/base/test_certificates.h"

namespace mesos_executor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TlsCredentialsTest : public ::testing::Test {
 protected:
  // The message that refuses the settings.
  static std::string Refusal(const TlsSettings& settings) {
    const auto credentials = TlsCredentials::Create(settings);
    EXPECT_EQ(credentials.status().code(), absl::StatusCode::kInvalidArgument)
        << credentials.status();
    return std::string(credentials.status().message());
  }

  TlsSettings Showing(const std::string& certificate, const std::string& key) const {
    return {.ca_file = certificates_.ca_file(), .certificate_file = certificate, .key_file = key};
  }

  TestCertificates certificates_;
  const TestCertificates::Files own_ = certificates_.Issue({});
};

TEST_F(TlsCredentialsTest, TakesGoodFiles) {
  for (const TlsSettings& settings :
       {TlsSettings{.ca_file = certificates_.ca_file()},
        TlsSettings{.ca_dir = certificates_.ca_dir()},
        TlsSettings{.ca_file = certificates_.ca_file(), .ca_dir = certificates_.ca_dir()},
        Showing(own_.certificate, own_.key), TlsSettings{.verify_peer = false}}) {
    const auto credentials = TlsCredentials::Create(settings);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
  }
}

TEST_F(TlsCredentialsTest, ABadFileIsNamedWithTheReason) {
  const std::string text = certificates_.Write("text", "not PEM\n");
  EXPECT_EQ(Refusal({.ca_file = "/nonexistent/ca.pem"}),
            "CA file /nonexistent/ca.pem: No such file or directory");
  EXPECT_EQ(Refusal({.ca_file = text}), "CA file " + text + ": no certificate or crl found");
  EXPECT_EQ(Refusal({.ca_dir = "/nonexistent"}),
            "CA folder /nonexistent: No such file or directory");
  EXPECT_EQ(Refusal({.ca_dir = text}), "CA folder " + text + ": Not a directory");
  EXPECT_EQ(Refusal(Showing("/nonexistent/own.pem", own_.key)),
            "certificate file /nonexistent/own.pem: No such file or directory");
  EXPECT_EQ(Refusal(Showing(text, own_.key)), "certificate file " + text + ": no start line");
}

TEST_F(TlsCredentialsTest, ABadKeyIsNamedWithoutItsPlace) {
  const std::string text = certificates_.Write("text", "not PEM\n");
  EXPECT_EQ(Refusal(Showing(own_.certificate, "/nonexistent/own.key")),
            "key file own.key: No such file or directory");
  EXPECT_THAT(Refusal(Showing(own_.certificate, text)),
              AllOf(StartsWith("key file text: "), Not(HasSubstr("/"))));
  EXPECT_EQ(Refusal(Showing(own_.certificate, certificates_.Issue({}).key)),
            "key file 2.key: key values mismatch");
}

TEST_F(TlsCredentialsTest, AKeyWithAPassphraseIsRefusedAndNobodyIsAsked) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  BIO* const memory = BIO_new(BIO_s_mem());
  char passphrase[] = "secret";
  ASSERT_EQ(
      PEM_write_bio_PrivateKey(memory, key, EVP_aes_128_cbc(), nullptr, 0, nullptr, passphrase), 1);
  char* bytes;
  const long length = BIO_get_mem_data(memory, &bytes);
  const std::string file = certificates_.Write("locked.key", std::string(bytes, length));
  BIO_free(memory);
  EVP_PKEY_free(key);
  EXPECT_THAT(Refusal(Showing(own_.certificate, file)), StartsWith("key file locked.key: "));
}

TEST_F(TlsCredentialsTest, CertificateAndKeyComeTogether) {
  EXPECT_THAT(Refusal(Showing(own_.certificate, "")), HasSubstr("belong together"));
  EXPECT_THAT(Refusal(Showing("", own_.key)), HasSubstr("belong together"));
}

TEST_F(TlsCredentialsTest, AServerMustHaveANameOrAnAddressToBeVerified) {
  const Endpoint local = UnixEndpoint{"/run/x.sock"};
  const auto nameless = TlsCredentials::Create({.ca_file = certificates_.ca_file()});
  ASSERT_TRUE(nameless.ok()) << nameless.status();
  EXPECT_EQ((*nameless)->NewSession(local).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE((*nameless)->NewSession(TcpEndpoint{"::1", 443}).ok());
  const auto named =
      TlsCredentials::Create({.ca_file = certificates_.ca_file(), .server_name = "a.example"});
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_TRUE((*named)->NewSession(local).ok());
  const auto unverified = TlsCredentials::Create({.verify_peer = false});
  ASSERT_TRUE(unverified.ok()) << unverified.status();
  EXPECT_TRUE((*unverified)->NewSession(local).ok());
}

TEST_F(TlsCredentialsTest, ANameThatIsTooLongIsRefused) {
  const auto credentials = TlsCredentials::Create(
      {.ca_file = certificates_.ca_file(), .server_name = std::string(256, 'a')});
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ((*credentials)->NewSession(TcpEndpoint{"127.0.0.1", 443}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor
