#include "sidecars/log_shipper/outputs/dial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "sidecars/log_shipper/outputs/scripted_receiver.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::HasSubstr;

// Knows one name.
class Resolver final : public sidecar::Resolver {
 public:
  Resolver(EventLoop* loop, std::vector<std::string> addresses)
      : loop_(loop), addresses_(std::move(addresses)) {}

  // Answers never where there are no addresses.
  std::unique_ptr<Pending> Resolve(const std::string&, Done done) override {
    if (addresses_.empty()) return std::make_unique<Pending>();
    return loop_->After(absl::ZeroDuration(),
                        [this, done = std::move(done)]() mutable { done(addresses_); });
  }

 private:
  EventLoop* const loop_;
  const std::vector<std::string> addresses_;
};

class DialTest : public ::testing::Test {
 protected:
  absl::StatusOr<Dialed> DialAt(std::vector<std::string> addresses, uint16_t port,
                                const DialOptions& options) {
    Resolver resolver(&loop_, std::move(addresses));
    std::optional<absl::StatusOr<Dialed>> result;
    const auto dialing = Dial(&loop_, &resolver, {"logs.example", port}, options,
                              [&](absl::StatusOr<Dialed> dialed) { result = std::move(dialed); });
    EXPECT_FALSE(result.has_value()) << "called back too early";
    RunUntil(&loop_, [&] { return result.has_value(); });
    if (!result.has_value()) return absl::UnknownError("nothing for a minute");
    return *std::move(result);
  }

  std::unique_ptr<TlsFront> Front(const std::string& alternatives) {
    const auto files = certificates_.Issue({.alternatives = alternatives});
    TlsServerSettings settings;
    settings.certificate_file = files.certificate;
    settings.key_file = files.key;
    auto front = TlsFront::Listen(&loop_, settings, receiver_.endpoint());
    EXPECT_TRUE(front.ok()) << front.status();
    return *std::move(front);
  }

  DialOptions Tls() {
    DialOptions options = slow_;
    options.tls.emplace();
    options.tls->ca_file = certificates_.ca_file();
    return options;
  }

  AsioEventLoop loop_;
  ScriptedReceiver receiver_{&loop_};
  TestCertificates certificates_;
  // The machine may be.
  const DialOptions slow_ = {.timeout = absl::Minutes(1)};
};

TEST_F(DialTest, AddressesAreTriedInTurn) {
  const auto dialed =
      DialAt({"127.0.0.2", "not an address", "127.0.0.1"}, receiver_.receiver().port, slow_);
  ASSERT_TRUE(dialed.ok()) << dialed.status();
  EXPECT_GE(dialed->socket, 0);
}

TEST_F(DialTest, TheLastFailureIsTold) {
  receiver_.Refuse();
  const auto dialed = DialAt({"127.0.0.2", "127.0.0.1"}, receiver_.receiver().port, slow_);
  EXPECT_EQ(dialed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(dialed.status().message(), HasSubstr("refused"));
}

TEST_F(DialTest, AResolverThatIsSilentIsNotWaitedForForEver) {
  const auto dialed = DialAt({}, 1, {.timeout = absl::Milliseconds(20)});
  EXPECT_EQ(dialed.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(dialed.status().message(), HasSubstr("within 20ms when resolving its name"));
}

TEST_F(DialTest, AServerThatIsSilentAboutTlsIsNotWaitedForForEver) {
  DialOptions options = Tls();
  options.timeout = absl::Milliseconds(50);
  const auto dialed = DialAt({"127.0.0.1"}, receiver_.receiver().port, options);
  EXPECT_EQ(dialed.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DialTest, TheCertificateMustBeForTheReceiversName) {
  const auto right = Front("DNS:logs.example");
  const auto dialed = DialAt({"127.0.0.1"}, right->port(), Tls());
  EXPECT_TRUE(dialed.ok()) << dialed.status();
  const auto wrong = Front("DNS:other.example,IP:127.0.0.1");
  const auto refused = DialAt({"127.0.0.1"}, wrong->port(), Tls());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  DialOptions named = Tls();
  named.tls->server_name = "other.example";
  EXPECT_TRUE(DialAt({"127.0.0.1"}, wrong->port(), named).ok());
}

TEST_F(DialTest, FilesAreReadAtEachDial) {
  const auto front = Front("DNS:logs.example");
  DialOptions options = Tls();
  std::ifstream ca(options.tls->ca_file);
  const std::string content(std::istreambuf_iterator<char>(ca), {});
  options.tls->ca_file = certificates_.Write("rotated.pem", "not yet");
  EXPECT_EQ(DialAt({"127.0.0.1"}, front->port(), options).status().code(),
            absl::StatusCode::kInvalidArgument);
  certificates_.Write("rotated.pem", content);
  EXPECT_TRUE(DialAt({"127.0.0.1"}, front->port(), options).ok());
}

TEST_F(DialTest, DestroyedItCallsNobody) {
  Resolver resolver(&loop_, {"127.0.0.1"});
  for (int turns = 0; turns < 5; ++turns) {
    bool called = false;
    auto dialing = Dial(&loop_, &resolver, {"logs.example", receiver_.receiver().port}, slow_,
                        [&](const absl::StatusOr<Dialed>&) { called = true; });
    int turn = 0;
    ASSERT_TRUE(RunUntil(&loop_, [&] { return ++turn > turns; }));
    const bool called_before = called;
    dialing.reset();
    turn = 0;
    ASSERT_TRUE(RunUntil(&loop_, [&] { return ++turn > 3; }));
    EXPECT_EQ(called, called_before);
  }
}

}  // namespace
}  // namespace mesos_executor::log_shipper
