#include "sidecars/log_shipper/outputs/tcp_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "sidecars/log_shipper/outputs/scripted_receiver.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TcpOutputTest : public ::testing::Test {
 protected:
  std::unique_ptr<TcpOutput> NewOutput(std::vector<Receiver> receivers, DialOptions options = {}) {
    options.timeout = absl::Minutes(1);  // The machine may be slow.
    return std::make_unique<TcpOutput>(&loop_, resolver_.get(), options,
                                       ReceiverChoice(std::move(receivers), [] { return 0.5; }),
                                       &listener_);
  }
  bool RunUntil(const std::function<bool()>& condition) {
    return log_shipper::RunUntil(&loop_, condition);
  }

  AsioEventLoop loop_;
  std::unique_ptr<sidecar::Resolver> resolver_ = sidecar::NewResolver(&loop_);
  RecordingListener listener_;
  ScriptedReceiver receiver_{&loop_};
};

TEST_F(TcpOutputTest, EntriesArriveInOrderAndAreCountedWhenAcknowledged) {
  const auto output = NewOutput({receiver_.receiver()});
  EXPECT_FALSE(output->ready());
  EXPECT_EQ(output->written(), 0u);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  EXPECT_EQ(listener_.ready, 1);
  std::string sent;
  for (int i = 0; sent.size() < 4u << 20; ++i) {
    ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
    std::string entries(100'000, 'a' + static_cast<char>(i % 26));
    entries += '\n';
    sent += entries;
    output->Send(std::move(entries));
  }
  EXPECT_TRUE(RunUntil([&] { return output->written() == sent.size(); }));
  EXPECT_TRUE(RunUntil([&] { return receiver_.received().size() >= sent.size(); }));
  EXPECT_TRUE(receiver_.received() == sent);
  EXPECT_THAT(listener_.broken, SizeIs(0));
}

TEST_F(TcpOutputTest, AReceiverThatTakesNothingIsNotOverrun) {
  receiver_.Pause();
  const auto output = NewOutput({receiver_.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  std::string sent;
  // The kernels of both sides take some megabytes.
  ASSERT_TRUE(RunUntil([&] {
    while (output->ready()) {
      output->Send(std::string(64 << 10, 'x'));
      sent.append(64 << 10, 'x');
    }
    return sent.size() > output->written() + TcpOutput::kFull;
  }));
  EXPECT_LT(output->written(), sent.size());
  receiver_.Resume();
  EXPECT_TRUE(RunUntil([&] { return output->written() == sent.size(); }));
  EXPECT_TRUE(output->ready());
}

TEST_F(TcpOutputTest, ALostConnectionIsToldAndTheNextBeginsAtZero) {
  const auto output = NewOutput({receiver_.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\n");
  ASSERT_TRUE(RunUntil([&] { return output->written() == 4 && receiver_.accepted() == 1; }));
  receiver_.Drop();
  ASSERT_TRUE(RunUntil([&] { return !listener_.broken.empty(); }));
  EXPECT_THAT(listener_.broken, ElementsAre(HasSubstr("closed")));
  EXPECT_EQ(output->written(), 0u);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("three\n");
  EXPECT_TRUE(RunUntil([&] { return output->written() == 6; }));
  EXPECT_TRUE(RunUntil([&] { return receiver_.received() == "one\nthree\n"; }));
  EXPECT_EQ(listener_.ready, 2);
}

TEST_F(TcpOutputTest, WhatTheReceiverSaysIsIgnored) {
  const auto output = NewOutput({receiver_.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready() && receiver_.accepted() == 1; }));
  receiver_.Say("ok\n");
  receiver_.Say(std::string(20'000, '!'));
  output->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return receiver_.received() == "one\n"; }));
  EXPECT_THAT(listener_.broken, SizeIs(0));
}

TEST_F(TcpOutputTest, AReceiverThatIsAwayAtFirstIsFoundLater) {
  receiver_.Refuse();
  const auto output = NewOutput({receiver_.receiver()});
  bool passed = false;
  const auto while_away = loop_.After(absl::Milliseconds(300), [&] { passed = true; });
  ASSERT_TRUE(RunUntil([&] { return passed; }));
  EXPECT_FALSE(output->ready());
  EXPECT_THAT(listener_.broken, SizeIs(0)) << "there was nothing to break";
  receiver_.Listen();
  EXPECT_TRUE(RunUntil([&] { return output->ready(); }));
}

TEST_F(TcpOutputTest, TheNextReceiverTakesOver) {
  ScriptedReceiver second(&loop_);
  receiver_.Refuse();
  const auto output = NewOutput({receiver_.receiver(), second.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return second.received() == "one\n"; }));
  receiver_.Listen();
  second.Refuse();
  second.Drop();
  ASSERT_TRUE(RunUntil([&] { return !listener_.broken.empty() && output->ready(); }));
  output->Send("two\n");
  EXPECT_TRUE(RunUntil([&] { return receiver_.received() == "two\n"; }));
}

TEST_F(TcpOutputTest, AReceiverThatIsListedNoMoreIsLeft) {
  ScriptedReceiver second(&loop_);
  const auto output = NewOutput({});
  output->SetReceivers({receiver_.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready() && receiver_.accepted() == 1; }));
  output->SetReceivers({});
  output->SetReceivers({second.receiver(), receiver_.receiver()});
  EXPECT_THAT(listener_.broken, SizeIs(0));
  output->SetReceivers({second.receiver()});
  EXPECT_THAT(listener_.broken, ElementsAre(HasSubstr("isn't among the receivers any more")));
  EXPECT_FALSE(output->ready());
  ASSERT_TRUE(RunUntil([&] { return output->ready() && second.accepted() == 1; }));
  EXPECT_TRUE(RunUntil([&] { return receiver_.open() == 0; }));
}

TEST_F(TcpOutputTest, DestroyedAtAnyPointItCallsNobody) {
  for (int turns = 0; turns < 20; ++turns) {
    auto output = NewOutput({receiver_.receiver()});
    int turn = 0;
    ASSERT_TRUE(RunUntil([&] { return ++turn > turns; }));
    if (output->ready()) output->Send(std::string(1 << 20, 'x'));
    output.reset();
    listener_ = {};
    turn = 0;
    ASSERT_TRUE(RunUntil([&] { return ++turn > 3; }));
    EXPECT_EQ(listener_.ready, 0);
    EXPECT_THAT(listener_.broken, SizeIs(0));
  }
}

TEST_F(TcpOutputTest, TlsCarriesTheSameBytes) {
  TestCertificates certificates;
  const auto files = certificates.Issue({});
  TlsServerSettings server;
  server.certificate_file = files.certificate;
  server.key_file = files.key;
  const auto front = TlsFront::Listen(&loop_, server, receiver_.endpoint());
  ASSERT_TRUE(front.ok()) << front.status();
  DialOptions options;
  options.tls.emplace();
  options.tls->ca_file = certificates.ca_file();
  const auto output = NewOutput({{"127.0.0.1", (*front)->port()}}, options);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  const std::string sent(300'000, 's');
  output->Send(sent);
  EXPECT_TRUE(RunUntil([&] { return receiver_.received().size() >= sent.size(); }));
  EXPECT_TRUE(receiver_.received() == sent);
  EXPECT_TRUE(RunUntil([&] { return output->written() == sent.size(); }));
  receiver_.Drop();
  EXPECT_TRUE(RunUntil([&] { return !listener_.broken.empty() && output->ready(); }));
}

TEST_F(TcpOutputTest, AnImpostorGetsNoLines) {
  TestCertificates certificates;
  TestCertificates others;
  const auto files = others.Issue({});
  TlsServerSettings server;
  server.certificate_file = files.certificate;
  server.key_file = files.key;
  const auto front = TlsFront::Listen(&loop_, server, receiver_.endpoint());
  ASSERT_TRUE(front.ok()) << front.status();
  DialOptions options;
  options.tls.emplace();
  options.tls->ca_file = certificates.ca_file();
  const auto output = NewOutput({{"127.0.0.1", (*front)->port()}}, options);
  ASSERT_TRUE(RunUntil([&] { return (*front)->accepted() >= 3; }));
  EXPECT_EQ(listener_.ready, 0);
  EXPECT_EQ(receiver_.accepted(), 0);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
