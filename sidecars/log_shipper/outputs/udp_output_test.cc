#include "sidecars/log_shipper/outputs/udp_output.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// A UDP port of loopback and what came there.
class Port {
 public:
  explicit Port(uint16_t port = 0) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_.get(), generic, size), 0) << strerror(errno);
    EXPECT_EQ(getsockname(fd_.get(), generic, &size), 0);
    number_ = ntohs(address.sin_port);
  }

  Receiver receiver() const { return {"127.0.0.1", number_}; }
  uint16_t number() const { return number_; }

  const std::vector<std::string>& received() {
    std::string buffer(70'000, '\0');
    for (;;) {
      const ssize_t count = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count < 0) return received_;
      received_.push_back(buffer.substr(0, static_cast<size_t>(count)));
    }
  }

 private:
  UniqueFd fd_;
  uint16_t number_ = 0;
  std::vector<std::string> received_;
};

class UdpOutputTest : public ::testing::Test {
 protected:
  std::unique_ptr<UdpOutput> NewOutput(std::vector<Receiver> receivers, UdpOptions options = {}) {
    return std::make_unique<UdpOutput>(&loop_, resolver_.get(), options,
                                       ReceiverChoice(std::move(receivers), [] { return 0.5; }),
                                       &listener_);
  }
  bool RunUntil(const std::function<bool()>& condition) {
    return log_shipper::RunUntil(&loop_, condition);
  }

  AsioEventLoop loop_;
  std::unique_ptr<sidecar::Resolver> resolver_ = sidecar::NewResolver(&loop_);
  RecordingListener listener_;
};

TEST_F(UdpOutputTest, EachEntryIsADatagramAndTheirOrderHolds) {
  Port port;
  const auto output = NewOutput({port.receiver()});
  EXPECT_FALSE(output->ready());
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\ntwo\n");
  output->Send("three\n");
  EXPECT_TRUE(RunUntil([&] { return port.received().size() == 3; }));
  EXPECT_THAT(port.received(), ElementsAre("one\n", "two\n", "three\n"));
  EXPECT_EQ(output->written(), 14u);
  EXPECT_THAT(listener_.dropped, IsEmpty());
}

TEST_F(UdpOutputTest, EntriesThatAreTooLongAreCountedAndTheOthersArrive) {
  Port port;
  const auto output = NewOutput({port.receiver()}, {.max_entry = 5});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("123456\n12345\n1234567\n1\n123456\n");
  EXPECT_TRUE(RunUntil([&] { return output->written() == 30; }));
  EXPECT_THAT(port.received(), ElementsAre("12345\n", "1\n"));
  EXPECT_THAT(listener_.dropped, ElementsAre(Pair("too long", 3)));
}

TEST_F(UdpOutputTest, TheLongestDatagramArrives) {
  Port port;
  const auto output = NewOutput({port.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send(std::string(65'506, 'x') + "\n" + std::string(65'507, 'y') + "\n");
  EXPECT_TRUE(RunUntil([&] { return port.received().size() == 1; }));
  EXPECT_EQ(port.received()[0].size(), 65'507u);
  EXPECT_TRUE(RunUntil([&] { return listener_.dropped["too long"] == 1; }));
}

TEST_F(UdpOutputTest, ThePaceIsKept) {
  Port port;
  const auto output = NewOutput({port.receiver()}, {.rate = 1000});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  std::string entries;
  for (int i = 0; i < 264; ++i) absl::StrAppend(&entries, i, "\n");
  const absl::Time start = loop_.Now();
  output->Send(entries);
  EXPECT_TRUE(RunUntil([&] { return port.received().size() == 264; }));
  // 64 go at once, 200 at their pace.
  EXPECT_GE(loop_.Now() - start, absl::Milliseconds(199));
}

TEST_F(UdpOutputTest, WhatIsRefusedIsCountedAndTheRestWaits) {
  auto port = std::make_unique<Port>();
  const Receiver receiver = port->receiver();
  const auto output = NewOutput({receiver});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  port.reset();
  uint64_t sent = 0;
  const auto refill = [&] {
    if (output->ready() && sent < 1000) {
      std::string entries;
      for (int i = 0; i < 100; ++i) absl::StrAppend(&entries, sent++, "\n");
      output->Send(entries);
    }
  };
  ASSERT_TRUE(RunUntil([&] {
    refill();
    return listener_.dropped["refused"] >= 3;
  }));
  port = std::make_unique<Port>(receiver.port);
  EXPECT_TRUE(RunUntil([&] {
    refill();
    return port->received().size() + listener_.dropped["refused"] == 1000;
  })) << port->received().size()
      << " and " << listener_.dropped["refused"] << " of " << sent;
  EXPECT_GE(port->received().size(), 100u);
  EXPECT_THAT(listener_.broken, IsEmpty());
}

TEST_F(UdpOutputTest, TheNextReceiverTakesOver) {
  Port second;
  auto first = std::make_unique<Port>();
  const auto output = NewOutput({first->receiver(), second.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  first.reset();
  uint64_t sent = 0;
  EXPECT_TRUE(RunUntil([&] {
    if (output->ready()) {
      output->Send("x\n");
      ++sent;
    }
    return second.received().size() >= 2;
  }));
  EXPECT_TRUE(
      RunUntil([&] { return second.received().size() + listener_.dropped["refused"] == sent; }));
}

TEST_F(UdpOutputTest, ReceiversCanChange) {
  Port first, second;
  const auto output = NewOutput({});
  output->SetReceivers({first.receiver()});
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return first.received().size() == 1; }));
  output->SetReceivers({second.receiver()});
  EXPECT_FALSE(output->ready());
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("two\n");
  EXPECT_TRUE(RunUntil([&] { return second.received().size() == 1; }));
}

}  // namespace
}  // namespace mesos_executor::log_shipper
