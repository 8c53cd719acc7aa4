// Real streams of gRPC over real sockets: what only the edge can get wrong. The rules are in session_test.cc.
#include "sidecars/runtime/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/socket_peer.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::Lifecycle;
using lifecycle::v1::SidecarMessage;
using lifecycle::v1::SupervisorMessage;

// Says what it was told, answers each phase with its name, and to HEALTHY as often as the deadline has seconds.
class EchoHandler final : public Handler {
 public:
  void OnState(const TaskKey& key, const lifecycle::v1::Task&, const TaskState& state) override {
    Add(absl::StrCat("state ", key.uid == getuid() ? "mine " : "not mine ", key.task_id));
  }
  void OnPhase(const TaskKey&, const TaskState& state, absl::Duration deadline, ReplyCallback reply) override {
    for (int i = absl::ToInt64Seconds(deadline); i > 0; --i) {
      reply({lifecycle::v1::Answer::OK, Phase_Name(state.phase)});
    }
    Add(Phase_Name(state.phase));
  }
  void OnRecovered(const TaskKey&, const std::string&) override {}
  void Undo(const TaskKey& key) override { Add(absl::StrCat("undo ", key.task_id)); }
  void WhenIdle(absl::AnyInvocable<void()> done) override { done(); }

  // Waits for the next call.
  std::string Next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !calls_.empty(); })) return "none";
    std::string call = calls_.front();
    calls_.pop_front();
    return call;
  }

 private:
  void Add(std::string call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> calls_;
};

// A supervisor's end of a stream, with blocking calls. The test fails at the deadline, not before.
class Client {
 public:
  explicit Client(int fd) : stub_(Lifecycle::NewStub(grpc::CreateInsecureChannelFromFd("sidecar", fd))) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = stub_->Attach(&context_);
  }
  bool Attach(const std::string& task_id) {
    SupervisorMessage message;
    auto& attach = *message.mutable_attach();
    attach.set_protocol_min(1);
    attach.set_protocol_max(1);
    attach.set_incarnation("incarnation");
    attach.mutable_task()->set_framework_id("framework");
    attach.mutable_task()->set_executor_id("executor");
    attach.mutable_task()->set_task_id(task_id);
    SupervisorMessage state;
    state.mutable_state();
    return stream_->Write(message) && stream_->Write(state);
  }
  bool Event(uint64_t seq, lifecycle::v1::Phase phase, int64_t deadline_seconds) {
    SupervisorMessage message;
    message.mutable_event()->set_seq(seq);
    message.mutable_event()->set_phase(phase);
    message.mutable_event()->mutable_deadline()->set_seconds(deadline_seconds);
    return stream_->Write(message);
  }
  bool Goodbye() {
    SupervisorMessage message;
    message.mutable_goodbye();
    return stream_->Write(message);
  }
  std::optional<SidecarMessage> Read() {
    SidecarMessage message;
    if (!stream_->Read(&message)) return std::nullopt;
    return message;
  }
  // Reads what is left.
  grpc::StatusCode End() {
    while (Read()) {
    }
    return stream_->Finish().error_code();
  }
  void Cancel() { context_.TryCancel(); }

 private:
  std::unique_ptr<Lifecycle::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<SupervisorMessage, SidecarMessage>> stream_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    thread_ = std::thread([this] { loop_.Run(); });
    OnLoop([this] { StartServer(); });
  }
  ~ServerTest() override {
    OnLoop([this] { server_.reset(); });
    loop_.Stop();
    thread_.join();
  }

  void OnLoop(absl::AnyInvocable<void()> call) {
    std::promise<void> done;
    loop_.Post([&] {
      call();
      done.set_value();
    });
    done.get_future().wait();
  }
  void StartServer(absl::Duration lease = absl::Hours(1)) {
    server_ = std::make_unique<Server>(&loop_, &handler_, SidecarName{"echo", "1"}, lease);
  }

  // A new connection; the result is the client's end.
  int Connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    OnLoop([&] { server_->Serve(UniqueFd(ends[0]), *SocketPeer::Of(ends[0])); });
    return ends[1];
  }

  AsioEventLoop loop_;
  EchoHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, AttachStateEventAnswerGoodbye) {
  Client client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  const auto attached = client.Read();
  ASSERT_TRUE(attached.has_value());
  EXPECT_EQ(attached->attached().name(), "echo");
  EXPECT_EQ(handler_.Next(), "state mine task");
  ASSERT_TRUE(client.Event(1, lifecycle::v1::BEFORE_START, 1));
  const auto answer = client.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->answer().seq(), 1u);
  EXPECT_EQ(answer->answer().message(), "BEFORE_START");
  ASSERT_TRUE(client.Event(2, lifecycle::v1::TERMINATED, 0));
  ASSERT_TRUE(client.Goodbye());
  EXPECT_EQ(client.End(), grpc::StatusCode::OK);
}

TEST_F(ServerTest, AMalformedStreamEndsWithItsReason) {
  Client client(Connect());
  ASSERT_TRUE(client.Goodbye());
  EXPECT_EQ(client.End(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, EachConnectionOfManyIsServed) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(Connect()));
    ASSERT_TRUE(clients.back()->Attach(absl::StrCat("task-", i)));
    EXPECT_EQ(handler_.Next(), absl::StrCat("state mine task-", i));
  }
  for (auto& client : clients) ASSERT_TRUE(client->Event(1, lifecycle::v1::STARTED, 1));
  for (auto& client : clients) {
    ASSERT_TRUE(client->Read().has_value());
    EXPECT_EQ(client->Read()->answer().message(), "STARTED");
  }
}

TEST_F(ServerTest, WithoutALeaseACancelledStreamAndAClosedConnectionUndo) {
  OnLoop([this] {
    server_.reset();
    StartServer(absl::ZeroDuration());
  });
  Client cancelled(Connect());
  ASSERT_TRUE(cancelled.Attach("cancelled"));
  EXPECT_EQ(handler_.Next(), "state mine cancelled");
  cancelled.Cancel();
  EXPECT_EQ(handler_.Next(), "undo cancelled");

  const int fd = Connect();
  Client closed(fd);
  ASSERT_TRUE(closed.Attach("closed"));
  EXPECT_EQ(handler_.Next(), "state mine closed");
  ASSERT_EQ(shutdown(fd, SHUT_RDWR), 0);
  EXPECT_EQ(handler_.Next(), "undo closed");
}

TEST_F(ServerTest, ASupervisorThatNeverReadsIsCutOff) {
  Client client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
  // More answers at once than the window of the stream and our queue hold.
  client.Event(1, lifecycle::v1::HEALTHY, 100'000);
  EXPECT_EQ(handler_.Next(), "HEALTHY");
  const grpc::StatusCode end = client.End();
  EXPECT_TRUE(end == grpc::StatusCode::CANCELLED || end == grpc::StatusCode::RESOURCE_EXHAUSTED) << end;
}

TEST_F(ServerTest, GarbageInsteadOfHttpHarmsNobody) {
  const UniqueFd garbage(Connect());
  ASSERT_EQ(send(garbage.get(), "garbage\r\n\r\n", 11, MSG_NOSIGNAL), 11);
  Client client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
}

TEST_F(ServerTest, StoppingEndsStreamsWithoutUndoing) {
  Client client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
  OnLoop([this] { server_.reset(); });
  EXPECT_EQ(client.End(), grpc::StatusCode::UNAVAILABLE);
  // The next call that the handler sees is of the next server.
  OnLoop([this] { StartServer(); });
  Client next(Connect());
  ASSERT_TRUE(next.Attach("next"));
  EXPECT_EQ(handler_.Next(), "state mine next");
}

}  // namespace
}  // namespace mesos_executor::sidecar
