#include "supervisor/certificate/certificate_expiry.h"

#include <glog/logging.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "supervisor/base/openssl.h"

namespace mesos_executor::certificate {
namespace {

constexpr absl::string_view kVariable = "CERTIFICATE=";

// More than the chains that fit into an environment.
constexpr size_t kLongest = 128 << 10;

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// Never asks at the terminal, which is what OpenSSL does by itself.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::Status Problem(absl::StatusCode code, absl::string_view what) {
  return absl::Status(code, absl::StrCat("problem with certificate: ", what));
}

}  // namespace

absl::StatusOr<absl::Time> NotAfter(absl::string_view pem) {
  if (pem.size() > kLongest) {
    return Problem(absl::StatusCode::kInvalidArgument,
                   absl::StrCat("it has ", pem.size(), " bytes, more than ", kLongest));
  }
  // Without openssl.cnf, which could name modules that a static program can't load.
  CHECK_EQ(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr), 1);
  ERR_clear_error();
  const std::unique_ptr<BIO, Deleter> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr) << TakeOpenSslError();
  const std::unique_ptr<X509, Deleter> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  tm time = {};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) {
    return Problem(absl::StatusCode::kInvalidArgument,
                   absl::StrCat("CERTIFICATE is no certificate in PEM: ", TakeOpenSslError()));
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> KillTime(const std::vector<std::string>& environment, absl::Time now,
                                    absl::Duration range, double share) {
  for (absl::string_view variable : environment) {
    if (!absl::ConsumePrefix(&variable, kVariable)) continue;
    const absl::StatusOr<absl::Time> not_after = NotAfter(variable);
    if (!not_after.ok()) return not_after.status();
    const absl::Time time = *not_after - share * range;
    if (time > now) return time;
    return Problem(
        absl::StatusCode::kFailedPrecondition,
        absl::StrCat("it is valid until ", absl::FormatTime(*not_after, absl::UTCTimeZone()),
                     ", and the task would be killed up to ", absl::FormatDuration(range),
                     " before"));
  }
  return Problem(absl::StatusCode::kInvalidArgument,
                 "the task's environment has no CERTIFICATE, which its label "
                 "validate-certificate asks for");
}

}  // namespace mesos_executor::certificate
