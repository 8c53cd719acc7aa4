#include "supervisor/base/test_certificates.h"

#include <glog/logging.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace mesos_executor {
namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Key NewKey() {
  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  return key;
}

void Extend(X509* certificate, X509* issuer, int extension, const std::string& value) {
  X509V3_CTX names;
  X509V3_set_ctx(&names, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> made(
      X509V3_EXT_conf_nid(nullptr, &names, extension, value.c_str()));
  CHECK(made != nullptr) << value;
  CHECK_EQ(X509_add_ext(certificate, made.get(), -1), 1);
}

// Without a signature yet.
Certificate NewCertificate(const TestCertificates::Subject& subject, EVP_PKEY* key, int serial) {
  Certificate certificate(X509_new());
  CHECK(certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  const absl::Time now = absl::Now();
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(now - subject.age));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(now + subject.rest));
  const auto* name = reinterpret_cast<const unsigned char*>(subject.name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, name, -1,
                             -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

std::string Pem(X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<BIO, Free> memory(BIO_new(BIO_s_mem()));
  if (certificate != nullptr) CHECK_EQ(PEM_write_bio_X509(memory.get(), certificate), 1);
  if (key != nullptr) {
    CHECK_EQ(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  }
  char* bytes;
  const long length = BIO_get_mem_data(memory.get(), &bytes);
  return std::string(bytes, length);
}

}  // namespace

struct TestCertificates::Authority {
  Key key;
  Certificate certificate;
};

TestCertificates::TestCertificates() {
  const char* const base = std::getenv("TEST_TMPDIR");
  folder_ = absl::StrCat(base != nullptr ? base : "/tmp", "/certificates.XXXXXX");
  PCHECK(mkdtemp(folder_.data()) != nullptr) << folder_;
  Key key = NewKey();
  Certificate ca = NewCertificate({.name = "test CA"}, key.get(), 1);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  Extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  Extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  Extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  CHECK_GT(X509_sign(ca.get(), key.get(), EVP_sha256()), 0);
  const std::string pem = Pem(ca.get(), nullptr);
  Write("ca.pem", pem);
  std::filesystem::create_directory(ca_dir());
  Write(absl::StrFormat("cas/%08x.0", X509_NAME_hash_ex(X509_get_subject_name(ca.get()), nullptr,
                                                        nullptr, nullptr)),
        pem);
  authority_ = std::make_unique<Authority>(Authority{std::move(key), std::move(ca)});
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

TestCertificates::Files TestCertificates::Issue(const Subject& subject) {
  ++issued_;
  const Key key = NewKey();
  X509* const ca = authority_->certificate.get();
  const Certificate certificate = NewCertificate(subject, key.get(), 1 + issued_);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca));
  Extend(certificate.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  Extend(certificate.get(), ca, NID_authority_key_identifier, "keyid");
  if (!subject.alternatives.empty()) {
    Extend(certificate.get(), ca, NID_subject_alt_name, subject.alternatives);
  }
  CHECK_GT(X509_sign(certificate.get(), authority_->key.get(), EVP_sha256()), 0);
  return {.certificate = Write(absl::StrCat(issued_, ".pem"), Pem(certificate.get(), nullptr)),
          .key = Write(absl::StrCat(issued_, ".key"), Pem(nullptr, key.get()))};
}

std::string TestCertificates::Write(const std::string& name, const std::string& content) const {
  const std::string path = absl::StrCat(folder_, "/", name);
  std::ofstream(path) << content;
  return path;
}

}  // namespace mesos_executor
