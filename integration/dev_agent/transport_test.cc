// The ways on which calls reach the agent: TCP, TLS, a Unix socket, and the encodings of a body
// that a real agent takes.
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/wire_executor.h"
#include "supervisor/base/http_client.h"
#include "supervisor/base/test_certificates.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

constexpr char kHeartbeat[] =
    R"({"type":"HEARTBEAT","executor_id":{"value":"e"},"framework_id":{"value":"f"}})";

std::string Gzipped(const std::string& text) {
  std::string bytes;
  google::protobuf::io::StringOutputStream output(&bytes);
  google::protobuf::io::GzipOutputStream gzip(&output);
  void* data = nullptr;
  int size = 0;
  EXPECT_TRUE(gzip.Next(&data, &size));
  EXPECT_GE(static_cast<size_t>(size), text.size());
  text.copy(static_cast<char*>(data), text.size());
  gzip.BackUp(size - static_cast<int>(text.size()));
  EXPECT_TRUE(gzip.Close());
  return bytes;
}

std::string Head(const std::string& version, const std::string& headers) {
  return absl::StrCat("POST /api/v1/executor ", version,
                      "\r\nHost: agent\r\nContent-Type: application/json\r\n", headers, "\r\n");
}

class TransportTest : public ::testing::Test {
 protected:
  void Start(AgentOptions options = {}) {
    auto agent = DevAgent::Start(std::move(options));
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    launch_.launch_process = false;
    ASSERT_TRUE(agent_->Launch(launch_).ok());
  }

  Call SubscribeCall() const {
    Call call;
    call.set_type(Call::SUBSCRIBE);
    *call.mutable_executor_id() = launch_.executor.executor_id();
    *call.mutable_framework_id() = launch_.framework.id();
    call.mutable_subscribe();
    return call;
  }

  std::unique_ptr<DevAgent> agent_;
  ExecutorLaunch launch_ = NewLaunch("task", getenv("TEST_TMPDIR"));
};

TEST_F(TransportTest, GzippedChunkedAndExpectedBodiesAreTaken) {
  ASSERT_NO_FATAL_FAILURE(Start());
  WireConnection connection(agent_->port());
  const std::string gzipped = Gzipped(kHeartbeat);
  connection.Send(Head("HTTP/1.1", absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ",
                                                gzipped.size(), "\r\n")) +
                  gzipped);
  EXPECT_EQ(ReadResponse(connection).code, 202);
  connection.Send(Head("HTTP/1.1", "Transfer-Encoding: chunked\r\n"));
  for (const char c : std::string(kHeartbeat))
    connection.Send(absl::StrCat("1\r\n", std::string(1, c), "\r\n"));
  connection.Send("0\r\n\r\n");
  EXPECT_EQ(ReadResponse(connection).code, 202);
  // No "100 Continue" comes: libprocess knows none.
  connection.Send(Head("HTTP/1.1", absl::StrCat("Expect: 100-continue\r\nContent-Length: ",
                                                sizeof kHeartbeat - 1, "\r\n")));
  connection.Send(kHeartbeat);
  EXPECT_EQ(ReadResponse(connection).code, 202);
}

TEST_F(TransportTest, ABodyThatIsNoGzipEndsTheConnection) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string gzipped = Gzipped(kHeartbeat);
  for (const std::string& body : {std::string("x"), gzipped.substr(0, gzipped.size() / 2)}) {
    WireConnection connection(agent_->port());
    connection.Send(Head("HTTP/1.1", absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ",
                                                  body.size(), "\r\n")) +
                    body);
    EXPECT_EQ(ReadResponseBytes(connection), "");
  }
}

TEST_F(TransportTest, Http10IsAnsweredAndItsConnectionClosed) {
  ASSERT_NO_FATAL_FAILURE(Start());
  WireConnection connection(agent_->port());
  connection.Send(
      Head("HTTP/1.0", absl::StrCat("Content-Length: ", sizeof kHeartbeat - 1, "\r\n")) +
      kHeartbeat);
  EXPECT_EQ(ReadResponse(connection).code, 202);
  EXPECT_EQ(connection.ReadBytes(1), "");
}

TEST_F(TransportTest, WhatIsNoHttpEndsTheConnection) {
  ASSERT_NO_FATAL_FAILURE(Start());
  WireConnection connection(agent_->port());
  connection.Send("hello\r\n\r\n");
  EXPECT_EQ(connection.ReadBytes(1), "");
}

TEST_F(TransportTest, HeartbeatsComeAtTheirInterval) {
  ASSERT_NO_FATAL_FAILURE(Start({.heartbeat = absl::Milliseconds(1)}));
  WireStream stream(agent_->port(), SubscribeCall(), MediaType::kProtobuf);
  EXPECT_EQ(stream.Next()->type(), Event::SUBSCRIBED);
  EXPECT_EQ(stream.Next()->type(), Event::LAUNCH);
  for (int i = 0; i < 3; ++i) {
    const auto event = stream.Next();
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->type(), Event::HEARTBEAT);
  }
}

TEST_F(TransportTest, TheUnixSocketIsOpenToAllRefusesWhileTheAgentIsDownAndGoesWithIt) {
  std::string folder = "/tmp/transport_test.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/agent.sock";
  ASSERT_NO_FATAL_FAILURE(Start({.unix_socket = path}));
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0666u);
  WireConnection wrong(path);
  wrong.Send(CallRequest(SubscribeCall(), MediaType::kJson));
  const std::string forbidden = ReadResponseBytes(wrong);
  EXPECT_EQ(forbidden.rfind("HTTP/1.1 403 Forbidden\r\n", 0), 0u) << forbidden;

  agent_->InjectFaults({*ParseFault("at=0s restart=down:1h")});
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kAgentPhase));
  WireConnection refused(path);
  refused.Send("x");
  EXPECT_EQ(refused.ReadBytes(1), "");
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  agent_.reset();
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  rmdir(folder.c_str());
}

// The answer to a HEARTBEAT, or the error.
absl::StatusOr<HttpResponse> AskByTls(uint16_t port, const TlsSettings& settings) {
  auto tls = TlsCredentials::Create(settings);
  if (!tls.ok()) return tls.status();
  AsioEventLoop loop;
  absl::StatusOr<HttpResponse> result = absl::UnknownError("not called");
  const auto client = NewHttpClient(&loop);
  const auto pending = client->Send({.endpoint = TcpEndpoint{"127.0.0.1", port},
                                     .method = "POST",
                                     .target = "/api/v1/executor",
                                     .headers = {{"Content-Type", "application/json"}},
                                     .body = kHeartbeat,
                                     .tls = *std::move(tls),
                                     .timeout = absl::Seconds(60)},
                                    [&](absl::StatusOr<HttpResponse> response) {
                                      result = std::move(response);
                                      loop.Stop();
                                    });
  loop.Run();
  return result;
}

TEST_F(TransportTest, TlsIsSpokenOnTcpAndAClientCertificateMayBeDemanded) {
  TestCertificates certificates, others;
  const auto server = certificates.Issue({});
  const auto client = certificates.Issue({.alternatives = ""});
  ASSERT_NO_FATAL_FAILURE(
      Start({.tls = {.certificate_file = server.certificate, .key_file = server.key}}));
  const auto plain = AskByTls(agent_->port(), {.ca_file = certificates.ca_file()});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->status, 202);
  EXPECT_FALSE(AskByTls(agent_->port(), {.ca_file = others.ca_file()}).ok());
  // Without TLS, nothing is answered.
  WireConnection connection(agent_->port());
  connection.Send(Head("HTTP/1.1", ""));
  EXPECT_NE(connection.ReadThrough("HTTP/1.1").find("HTTP/1.1"), 0u);

  auto strict = DevAgent::Start({.tls = {.certificate_file = server.certificate,
                                         .key_file = server.key,
                                         .client_ca_file = certificates.ca_file()}});
  ASSERT_TRUE(strict.ok()) << strict.status();
  EXPECT_FALSE(AskByTls((*strict)->port(), {.ca_file = certificates.ca_file()}).ok());
  const auto known = AskByTls((*strict)->port(), {.ca_file = certificates.ca_file(),
                                                  .certificate_file = client.certificate,
                                                  .key_file = client.key});
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->status, 202);
}

TEST_F(TransportTest, SettingsThatCannotWorkAreRefused) {
  EXPECT_EQ(DevAgent::Start({.unix_socket = "/tmp/" + std::string(200, 'x')}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DevAgent::Start({.tls = {.certificate_file = "/no/such", .key_file = "/no/such"}})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
