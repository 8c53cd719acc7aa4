// A sidecar for tests: a real gRPC server that behaves as the test says.
#ifndef SUPERVISOR_LIFECYCLE_TEST_DAEMON_H_
#define SUPERVISOR_LIFECYCLE_TEST_DAEMON_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protos/lifecycle/v1/lifecycle.grpc.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::lifecycle {

// One stream, as a behaviour sees it. On a thread of gRPC's.
class Conversation {
 public:
  using Stream = grpc::ServerReaderWriter<v1::SidecarMessage, v1::SupervisorMessage>;
  Conversation(Stream* stream, std::function<void(std::string)> record)
      : stream_(stream), record_(std::move(record)) {}

  // Blocks for the next message; none once the stream has ended. Records it: "attach TASK",
  // "state SEQ PHASE", "event SEQ PHASE", "goodbye".
  std::optional<v1::SupervisorMessage> Read();
  // Reads up to the next event.
  std::optional<v1::Event> ReadEvent();
  // Reads to the end.
  void ReadAll();
  void Accept(uint32_t protocol = 1);
  void Answer(uint64_t seq, v1::Answer answer);

 private:
  Stream* const stream_;
  const std::function<void(std::string)> record_;
};

// What a sidecar does with a stream, from beginning to end.
using Behaviour = std::function<grpc::Status(Conversation&)>;

// Accepts, and answers each event with what `answer` makes of it.
Behaviour AnswersWith(std::function<v1::Answer(const v1::Event&)> answer);
Behaviour AnswersOk();
// Accepts, and answers nothing.
Behaviour NeverAnswers();

class TestDaemon final : private v1::Lifecycle::Service {
 public:
  // Serves on a Unix socket. `recorded` is called after each record, on a thread of gRPC's.
  TestDaemon(
      const std::string& path, Behaviour behaviour, std::function<void()> recorded = [] {});
  // Serves one connection only, which is already made and non-blocking.
  TestDaemon(UniqueFd socket, Behaviour behaviour);
  // Serves what it is handed.
  explicit TestDaemon(Behaviour behaviour);
  // Ends all streams at once.
  ~TestDaemon() override;

  // Another connection, already made and non-blocking.
  void Serve(UniqueFd connection);

  std::vector<std::string> records() const;

 private:
  grpc::Status Attach(grpc::ServerContext* context, Conversation::Stream* stream) override;

  const Behaviour behaviour_;
  const std::function<void()> recorded_;
  mutable std::mutex mutex_;
  std::vector<std::string> records_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_TEST_DAEMON_H_
