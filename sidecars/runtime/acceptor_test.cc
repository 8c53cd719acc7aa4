#include "sidecars/runtime/acceptor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <functional>
#include <vector>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

class AcceptorTest : public testing::Test {
 protected:
  AcceptorTest() {
    // An abstract address of the kernel's choice (unix(7), autobind).
    UniqueFd listening(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address_.sun_family = AF_UNIX;
    EXPECT_EQ(bind(listening.get(), Address(), sizeof(sa_family_t)), 0);
    EXPECT_EQ(listen(listening.get(), 128), 0);
    EXPECT_EQ(getsockname(listening.get(), Address(), &size_), 0);
    acceptor_ =
        std::make_unique<Acceptor>(&loop_, std::move(listening), [this](UniqueFd connection) {
          accepted_.push_back(std::move(connection));
          if (accepted_.size() == 1 && on_first_) on_first_();
          if (accepted_.size() == expected_) loop_.Stop();
        });
  }

  sockaddr* Address() { return reinterpret_cast<sockaddr*>(&address_); }
  UniqueFd Connect() {
    UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), Address(), size_), 0);
    return client;
  }

  AsioEventLoop loop_;
  sockaddr_un address_ = {};
  socklen_t size_ = sizeof(address_);
  std::vector<UniqueFd> accepted_;
  size_t expected_ = 1;
  std::function<void()> on_first_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, EachConnectionIsHandedOver) {
  const UniqueFd one = Connect(), two = Connect();
  expected_ = 2;
  loop_.Run();
  EXPECT_EQ(accepted_.size(), 2u);
}

TEST_F(AcceptorTest, ACrowdLeavesOthersTheirTurn) {
  std::vector<UniqueFd> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(Connect());
  expected_ = crowd.size();
  size_t accepted_before_us = 0;
  on_first_ = [&] { loop_.Post([&] { accepted_before_us = accepted_.size(); }); };
  loop_.Run();
  EXPECT_GE(accepted_before_us, 1u);
  EXPECT_LT(accepted_before_us, crowd.size());
}

TEST_F(AcceptorTest, OutOfDescriptorsItWaitsAndThenAccepts) {
  const UniqueFd client = Connect();
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  const rlimit none = {3, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto raise = loop_.After(absl::Milliseconds(50), [&] {
    EXPECT_TRUE(accepted_.empty());
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
  });
  loop_.Run();
  EXPECT_EQ(accepted_.size(), 1u);
}

TEST_F(AcceptorTest, OnceGoneItTakesNobody) {
  acceptor_.reset();
  UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(connect(client.get(), Address(), size_), 0);
}

}  // namespace
}  // namespace mesos_executor::sidecar
