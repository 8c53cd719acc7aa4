#include "supervisor/base/tls_stream.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/base/tls_server.h"

namespace mesos_executor {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Opened = absl::StatusOr<std::unique_ptr<ByteStream>>;

// A client and a server at the ends of a socketpair, both on this thread's loop.
class TlsStreamTest : public ::testing::Test {
 protected:
  TlsStreamTest() { NewSockets(); }

  void NewSockets() {
    int ends[2];
    PCHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    client_socket_ = UniqueFd(ends[0]);
    server_socket_ = UniqueFd(ends[1]);
    client_ = absl::UnknownError("not called");
    server_ = absl::UnknownError("not called");
  }

  TlsSettings Trusting() const { return {.ca_file = certificates_.ca_file()}; }

  void StartClient(const TlsSettings& settings) {
    const auto credentials = TlsCredentials::Create(settings);
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    absl::StatusOr<SslPtr> session = (*credentials)->NewSession(TcpEndpoint{"127.0.0.1", 443});
    ASSERT_TRUE(session.ok()) << session.status();
    opening_client_ =
        StartTls(&loop_, std::move(client_socket_), *std::move(session), [this](Opened stream) {
          client_ = std::move(stream);
          then_();
        });
  }

  SslPtr ServerSession(const TestCertificates::Files& files, const std::string& client_ca = "") {
    const auto server = TlsServer::Create({.certificate_file = files.certificate,
                                           .key_file = files.key,
                                           .client_ca_file = client_ca});
    CHECK(server.ok()) << server.status();
    return (*server)->NewSession();
  }

  void StartServer(SslPtr session) {
    opening_server_ = StartTls(&loop_, std::move(server_socket_), std::move(session),
                               [this](Opened stream) { server_ = std::move(stream); });
  }

  // Both, until each has a result.
  void Handshake(const TlsSettings& client, SslPtr server) {
    StartClient(client);
    StartServer(std::move(server));
    Await([this] { return Known(client_) && Known(server_); });
  }

  void Await(const std::function<bool()>& done) {
    const absl::Time deadline = loop_.Now() + absl::Minutes(1);
    while (!done()) {
      ASSERT_LT(loop_.Now(), deadline) << "nothing happened within a minute";
      loop_.io_context().restart();
      loop_.io_context().run_one_for(std::chrono::seconds(1));
    }
  }

  static bool Known(const Opened& opened) { return !absl::IsUnknown(opened.status()); }

  // All that the stream gives up to its end or an error.
  void ReadAll(ByteStream* stream, std::string* bytes, absl::Status* end) {
    stream->Read([=, this](absl::StatusOr<absl::string_view> got) {
      if (!got.ok() || got->empty()) {
        *end = got.ok() ? absl::OutOfRangeError("the end") : got.status();
        return;
      }
      bytes->append(got->data(), got->size());
      ReadAll(stream, bytes, end);
    });
  }

  TestCertificates certificates_;
  const TestCertificates::Files good_ = certificates_.Issue({});
  AsioEventLoop loop_;
  UniqueFd client_socket_;
  UniqueFd server_socket_;
  std::unique_ptr<Pending> opening_client_;
  std::unique_ptr<Pending> opening_server_;
  Opened client_;
  std::function<void()> then_ = [] {};  // Called once client_ is known.
  Opened server_;
};

TEST_F(TlsStreamTest, BytesThatFitNoBufferGoBothWaysAtOnce) {
  Handshake(Trusting(), ServerSession(good_));
  ASSERT_TRUE(client_.ok() && server_.ok()) << client_.status() << server_.status();
  const std::string up(3 << 20, 'u');
  const std::string down(2 << 20, 'd');
  std::string at_client, at_server;
  absl::Status client_end, server_end;
  int written = 0;
  const auto count = [&written](absl::Status status) { written += status.ok() ? 1 : 0; };
  (*client_)->Write(up, count);
  (*server_)->Write(down, count);
  ReadAll(client_->get(), &at_client, &client_end);
  ReadAll(server_->get(), &at_server, &server_end);
  Await([&] {
    return written == 2 && at_client.size() >= down.size() && at_server.size() >= up.size();
  });
  EXPECT_TRUE(at_client == down);
  EXPECT_TRUE(at_server == up);
  (*client_)->Write("", count);
  Await([&] { return written == 3; });
}

TEST_F(TlsStreamTest, AFarewellIsTheEnd) {
  Handshake(Trusting(), ServerSession(good_));
  ASSERT_TRUE(client_.ok() && server_.ok());
  std::string bytes;
  absl::Status end;
  ReadAll(client_->get(), &bytes, &end);
  (*server_)->Write("last words", [this](absl::Status) { server_->reset(); });
  Await([&] { return !end.ok(); });
  EXPECT_EQ(end.code(), absl::StatusCode::kOutOfRange) << end;
  EXPECT_EQ(bytes, "last words");
  absl::Status written;
  (*client_)->Write("too late", [&](absl::Status status) { written = status; });
  Await([&] { return !written.ok(); });
  EXPECT_EQ(written.code(), absl::StatusCode::kUnavailable) << written;
}

TEST_F(TlsStreamTest, AnEndWithoutFarewellIsAnError) {
  // Outlives the stream's own descriptor, so as to end the connection under it.
  const UniqueFd under(fcntl(server_socket_.get(), F_DUPFD_CLOEXEC, 0));
  Handshake(Trusting(), ServerSession(good_));
  ASSERT_TRUE(client_.ok() && server_.ok());
  std::string bytes;
  absl::Status end;
  ReadAll(client_->get(), &bytes, &end);
  (*server_)->Write("half an ans", [&](absl::Status) { shutdown(under.get(), SHUT_WR); });
  Await([&] { return !end.ok(); });
  EXPECT_EQ(bytes, "half an ans");
  EXPECT_EQ(end, absl::UnavailableError("the connection ended without TLS's close_notify"));
}

TEST_F(TlsStreamTest, AWriteToAPeerThatIsGoneFailsWithoutASignal) {
  Handshake(Trusting(), ServerSession(good_));
  ASSERT_TRUE(client_.ok() && server_.ok());
  server_->reset();
  absl::Status written;
  (*client_)->Write("hello?", [&](absl::Status status) { written = status; });
  Await([&] { return !written.ok(); });
  EXPECT_EQ(written, absl::UnavailableError("Broken pipe"));
}

TEST_F(TlsStreamTest, AServerWithoutTlsIsTold) {
  const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  ASSERT_EQ(send(server_socket_.get(), answer.data(), answer.size(), 0),
            static_cast<ssize_t>(answer.size()));
  StartClient(Trusting());
  Await([&] { return Known(client_); });
  EXPECT_EQ(client_.status(), absl::UnavailableError("the peer's answer isn't TLS"));
}

TEST_F(TlsStreamTest, APeerThatClosesInTheHandshakeIsTold) {
  shutdown(server_socket_.get(), SHUT_WR);
  StartClient(Trusting());
  Await([&] { return Known(client_); });
  EXPECT_EQ(client_.status(), absl::UnavailableError("the peer closed the connection"));
}

TEST_F(TlsStreamTest, ADestroyedHandshakeClosesAndIsNeverHeardOf) {
  StartClient(Trusting());
  char bytes[4096];
  // The client's first words show that the handshake is under way.
  Await([&] { return recv(server_socket_.get(), bytes, sizeof(bytes), 0) > 0; });
  opening_client_.reset();
  Await([&] { return recv(server_socket_.get(), bytes, sizeof(bytes), 0) == 0; });
  EXPECT_FALSE(Known(client_));
}

TEST_F(TlsStreamTest, AHandshakeMayBeDestroyedByItsOwnCallbackAndItsStreamLives) {
  then_ = [this] { opening_client_.reset(); };
  Handshake(Trusting(), ServerSession(good_));
  ASSERT_TRUE(client_.ok() && server_.ok());
  std::string bytes;
  absl::Status end;
  ReadAll(client_->get(), &bytes, &end);
  (*server_)->Write("alive", [](absl::Status) {});
  Await([&] { return bytes == "alive"; });
}

TEST_F(TlsStreamTest, AnUnbelievableServerIsRefusedAndWhyIsTold) {
  const TestCertificates other;
  const struct {
    TestCertificates::Subject subject;
    TlsSettings settings;
    const char* why;
  } cases[] = {
      {{.alternatives = "IP:127.0.0.2,DNS:127.0.0.1"}, Trusting(), "IP address mismatch"},
      {{.name = "127.0.0.1", .alternatives = ""}, Trusting(), "IP address mismatch"},
      {{.rest = -absl::Minutes(1)}, Trusting(), "certificate has expired"},
      {{.age = -absl::Minutes(30)}, Trusting(), "certificate is not yet valid"},
      {{}, {.ca_file = other.ca_file()}, "unable to get local issuer certificate"},
      {{}, {.ca_dir = other.ca_dir()}, "unable to get local issuer certificate"},
      {{.alternatives = "DNS:a.example"},
       {.ca_file = certificates_.ca_file(), .server_name = "b.example"},
       "hostname mismatch"},
      {{.name = "b.example", .alternatives = ""},
       {.ca_file = certificates_.ca_file(), .server_name = "b.example"},
       "hostname mismatch"},
      {{.alternatives = "DNS:b.example"},
       {.ca_file = certificates_.ca_file(), .server_name = "127.0.0.1"},
       "IP address mismatch"},
  };
  for (const auto& each : cases) {
    NewSockets();
    Handshake(each.settings, ServerSession(certificates_.Issue(each.subject)));
    EXPECT_EQ(client_.status(),
              absl::UnavailableError(std::string("the peer's certificate is refused: ") + each.why))
        << each.subject.alternatives;
    EXPECT_FALSE(server_.ok());
  }
}

TEST_F(TlsStreamTest, AServerIsBelievedByItsNameOrAddress) {
  const TestCertificates::Files files =
      certificates_.Issue({.alternatives = "IP:127.0.0.1,IP:::1,DNS:a.example,DNS:*.b.example"});
  for (const std::string name : {"", "127.0.0.1", "::1", "a.example", "x.b.example"}) {
    NewSockets();
    SslPtr session = ServerSession(files);
    ssl_st* const raw = session.get();
    Handshake({.ca_dir = certificates_.ca_dir(), .server_name = name}, std::move(session));
    EXPECT_TRUE(client_.ok()) << name << ": " << client_.status();
    ASSERT_TRUE(server_.ok()) << name << ": " << server_.status();
    // An address is no name to send (RFC 6066, 3).
    const char* const sent = SSL_get_servername(raw, TLSEXT_NAMETYPE_host_name);
    EXPECT_EQ(sent == nullptr ? "" : sent, name.find("example") == name.npos ? "" : name);
  }
}

TEST_F(TlsStreamTest, WhoDoesNotVerifyBelievesAnybody) {
  Handshake({.ca_file = "/nonexistent", .verify_peer = false},
            ServerSession(certificates_.Issue({.alternatives = "", .rest = -absl::Minutes(1)})));
  EXPECT_TRUE(client_.ok()) << client_.status();
  EXPECT_TRUE(server_.ok()) << server_.status();
}

TEST_F(TlsStreamTest, ACertificateIsShownToAServerThatAsks) {
  const TestCertificates::Files own = certificates_.Issue({.name = "client", .alternatives = ""});
  TlsSettings settings = Trusting();
  settings.certificate_file = own.certificate;
  settings.key_file = own.key;
  Handshake(settings, ServerSession(good_, certificates_.ca_file()));
  EXPECT_TRUE(client_.ok()) << client_.status();
  EXPECT_TRUE(server_.ok()) << server_.status();
}

TEST_F(TlsStreamTest, AClientWithoutACertificateHearsThatOneIsNeeded) {
  Handshake(Trusting(), ServerSession(good_, certificates_.ca_file()));
  EXPECT_EQ(server_.status(), absl::UnavailableError("peer did not return a certificate"));
  // In TLS 1.3 the client's handshake is over before the server has seen who it is.
  ASSERT_TRUE(client_.ok()) << client_.status();
  std::string bytes;
  absl::Status end;
  ReadAll(client_->get(), &bytes, &end);
  Await([&] { return !end.ok(); });
  EXPECT_EQ(end, absl::UnavailableError("tlsv13 alert certificate required"));
}

TEST_F(TlsStreamTest, OldVersionsAreRefused) {
  SslPtr session = ServerSession(good_);
  SSL_set_cipher_list(session.get(), "DEFAULT:@SECLEVEL=0");
  SSL_set_min_proto_version(session.get(), TLS1_VERSION);
  SSL_set_max_proto_version(session.get(), TLS1_1_VERSION);
  Handshake(Trusting(), std::move(session));
  EXPECT_THAT(std::string(client_.status().message()),
              AnyOf(HasSubstr("protocol version"), HasSubstr("unsupported protocol")));
  EXPECT_FALSE(server_.ok());
}

}  // namespace
}  // namespace mesos_executor
