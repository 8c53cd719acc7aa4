// Certificates for tests of TLS, made on the spot.
#ifndef SUPERVISOR_BASE_TEST_CERTIFICATES_H_
#define SUPERVISOR_BASE_TEST_CERTIFICATES_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace mesos_executor {

// A CA of its own, and what it signs, as PEM files in a folder that goes with this object. Making
// one of either takes a millisecond (P-256).
class TestCertificates {
 public:
  struct Subject {
    // The certificate's common name.
    std::string name = "test";
    // Its subjectAltName, as in openssl-x509v3_config(5): "IP:127.0.0.1", "DNS:a.example,DNS:b".
    // Empty: none.
    std::string alternatives = "IP:127.0.0.1";
    absl::Duration age = absl::Hours(1);
    // Counted from now; an expired one has a negative rest.
    absl::Duration rest = absl::Hours(1);
  };
  struct Files {
    std::string certificate;
    std::string key;
  };

  TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;
  ~TestCertificates();

  // Holds the CA's certificate.
  std::string ca_file() const { return folder_ + "/ca.pem"; }
  // A folder of it, by the name that OpenSSL looks for.
  std::string ca_dir() const { return folder_ + "/cas"; }

  // Signs a new key; each call's files have names of their own.
  Files Issue(const Subject& subject);

  // A file of that content, whatever it is.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  struct Authority;

  std::string folder_;
  std::unique_ptr<Authority> authority_;
  int issued_ = 0;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TEST_CERTIFICATES_H_
