// Real streams of gRPC over real sockets: what only the edge can get wrong. The rules are in
// session_test.cc.
#include "sidecars/runtime/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sidecars/runtime/health.grpc.pb.h"
#include "sidecars/runtime/scripted_supervisor.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {
namespace {

// Says what it was told, answers each phase with its name, and to HEALTHY as often as the deadline
// has seconds.
class EchoHandler final : public Handler {
 public:
  void OnState(const TaskKey& key, const lifecycle::v1::Attach&, const TaskState& state) override {
    Add(absl::StrCat("state ", key.uid == getuid() ? "mine " : "not mine ", key.task_id));
  }
  void OnPhase(const TaskKey&, const TaskState& state, absl::Duration deadline,
               ReplyCallback reply) override {
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
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !calls_.empty(); }))
      return "none";
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
  UniqueFd Connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    OnLoop([&] { server_->Serve(UniqueFd(ends[0])); });
    return UniqueFd(ends[1]);
  }

  AsioEventLoop loop_;
  EchoHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, AttachStateEventAnswerGoodbye) {
  ScriptedSupervisor client(Connect());
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
  ScriptedSupervisor client(Connect());
  ASSERT_TRUE(client.Goodbye());
  EXPECT_EQ(client.End(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, EachConnectionOfManyIsServed) {
  std::vector<std::unique_ptr<ScriptedSupervisor>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<ScriptedSupervisor>(Connect()));
    ASSERT_TRUE(clients.back()->Attach(absl::StrCat("task-", i)));
    EXPECT_EQ(handler_.Next(), absl::StrCat("state mine task-", i));
  }
  for (auto& client : clients) ASSERT_TRUE(client->Event(1, lifecycle::v1::STARTED, 1));
  for (auto& client : clients) {
    ASSERT_TRUE(client->Read().has_value());
    EXPECT_EQ(client->Read()->answer().message(), "STARTED");
  }
}

TEST_F(ServerTest, OneConnectionMayCarryTheStreamsOfTwoTasks) {
  const auto channel = grpc::CreateInsecureChannelFromFd("sidecar", Connect().Release());
  ScriptedSupervisor one(channel), two(channel);
  ASSERT_TRUE(one.Attach("one"));
  EXPECT_EQ(handler_.Next(), "state mine one");
  ASSERT_TRUE(two.Attach("two"));
  EXPECT_EQ(handler_.Next(), "state mine two");
  ASSERT_TRUE(one.Event(1, lifecycle::v1::STARTED, 1));
  EXPECT_EQ(handler_.Next(), "STARTED");
}

int PidFds() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone);
    count += target.find("[pidfd]") != std::string::npos;
  }
  return count;
}

TEST_F(ServerTest, NothingIsHeldOfAConnectionsPeerOnceItsStreamsHaveEnded) {
  const int before = PidFds();
  const auto channel = grpc::CreateInsecureChannelFromFd("sidecar", Connect().Release());
  for (const std::string task : {"one", "two"}) {
    ScriptedSupervisor supervisor(channel);
    ASSERT_TRUE(supervisor.Attach(task));
    EXPECT_EQ(handler_.Next(), "state mine " + task);
    EXPECT_GT(PidFds(), before);
    ASSERT_TRUE(supervisor.Event(1, lifecycle::v1::TERMINATED, 0));
    EXPECT_EQ(handler_.Next(), "TERMINATED");
    ASSERT_TRUE(supervisor.Goodbye());
    EXPECT_EQ(supervisor.End(), grpc::StatusCode::OK);
    // The connection is still open.
    const absl::Time end = absl::Now() + absl::Seconds(60);
    while (PidFds() > before && absl::Now() < end) std::this_thread::yield();
    EXPECT_EQ(PidFds(), before) << task;
  }
}

TEST_F(ServerTest, WithoutALeaseACancelledStreamAndAClosedConnectionUndo) {
  OnLoop([this] {
    server_.reset();
    StartServer(absl::ZeroDuration());
  });
  ScriptedSupervisor cancelled(Connect());
  ASSERT_TRUE(cancelled.Attach("cancelled"));
  EXPECT_EQ(handler_.Next(), "state mine cancelled");
  cancelled.Cancel();
  EXPECT_EQ(handler_.Next(), "undo cancelled");

  UniqueFd connection = Connect();
  const int fd = connection.get();
  ScriptedSupervisor closed(std::move(connection));
  ASSERT_TRUE(closed.Attach("closed"));
  EXPECT_EQ(handler_.Next(), "state mine closed");
  ASSERT_EQ(shutdown(fd, SHUT_RDWR), 0);
  EXPECT_EQ(handler_.Next(), "undo closed");
}

TEST_F(ServerTest, ASupervisorThatNeverReadsIsCutOff) {
  ScriptedSupervisor client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
  // More answers at once than the window of the stream and our queue hold.
  client.Event(1, lifecycle::v1::HEALTHY, 100'000);
  EXPECT_EQ(handler_.Next(), "HEALTHY");
  const grpc::StatusCode end = client.End();
  EXPECT_TRUE(end == grpc::StatusCode::CANCELLED || end == grpc::StatusCode::RESOURCE_EXHAUSTED)
      << end;
}

TEST_F(ServerTest, GarbageInsteadOfHttpHarmsNobody) {
  const UniqueFd garbage = Connect();
  ASSERT_EQ(send(garbage.get(), "garbage\r\n\r\n", 11, MSG_NOSIGNAL), 11);
  ScriptedSupervisor client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
}

TEST_F(ServerTest, HealthIsServingUntilStreamsAreEnded) {
  using grpc::health::v1::HealthCheckResponse;
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateInsecureChannelFromFd("sidecar", Connect().Release()));
  const auto check = [&](const std::string& service) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, request, &response);
    return status.ok() ? HealthCheckResponse::ServingStatus_Name(response.status())
                       : absl::StrCat("error ", status.error_code());
  };
  const std::string lifecycle = "mesos_executor.lifecycle.v1.Lifecycle";
  EXPECT_EQ(check(""), "SERVING");
  EXPECT_EQ(check(lifecycle), "SERVING");
  EXPECT_EQ(check("no.such.Service"), absl::StrCat("error ", grpc::StatusCode::NOT_FOUND));
  OnLoop([this] { server_->EndStreams(); });
  EXPECT_EQ(check(""), "NOT_SERVING");
  EXPECT_EQ(check(lifecycle), "NOT_SERVING");
}

TEST_F(ServerTest, StoppingEndsStreamsWithoutUndoing) {
  ScriptedSupervisor client(Connect());
  ASSERT_TRUE(client.Attach("task"));
  EXPECT_EQ(handler_.Next(), "state mine task");
  OnLoop([this] { server_.reset(); });
  EXPECT_EQ(client.End(), grpc::StatusCode::UNAVAILABLE);
  // The next call that the handler sees is of the next server.
  OnLoop([this] { StartServer(); });
  ScriptedSupervisor next(Connect());
  ASSERT_TRUE(next.Attach("next"));
  EXPECT_EQ(handler_.Next(), "state mine next");
}

}  // namespace
}  // namespace mesos_executor::sidecar
