// An executor for tests of dev-agent: it runs nothing, and its task ends as the command line says
// ("finish", "fail", or "wait" for a KILL or SHUTDOWN). "exit" ends the executor itself without a
// terminal update.
#include <stdlib.h>

#include <string>

#include "absl/strings/numbers.h"
#include "integration/dev_agent/wire_executor.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::TaskState;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

class Executor {
 public:
  explicit Executor(uint16_t port) : calls_(port), stream_(port, NewCall(Call::SUBSCRIBE), kType) {}

  int Run(const std::string& word) {
    while (const auto event = stream_.Next()) {
      if (event->type() == Event::ACKNOWLEDGED) ++acknowledged_;
      if (event->type() == Event::LAUNCH) {
        task_ = event->launch().task().task_id();
        Update(mesos::v1::TASK_RUNNING);
        if (word == "exit") return 3;
        if (word == "finish") return End(mesos::v1::TASK_FINISHED);
        if (word == "fail") return End(mesos::v1::TASK_FAILED);
      }
      if (event->type() == Event::KILL || event->type() == Event::SHUTDOWN) {
        // Without a task, SHUTDOWN is all that comes.
        return task_.has_value() ? End(mesos::v1::TASK_KILLED) : 0;
      }
    }
    return 1;
  }

 private:
  static constexpr MediaType kType = MediaType::kProtobuf;

  static Call NewCall(Call::Type type) {
    Call call;
    call.set_type(type);
    call.mutable_executor_id()->set_value(getenv("MESOS_EXECUTOR_ID"));
    call.mutable_framework_id()->set_value(getenv("MESOS_FRAMEWORK_ID"));
    if (type == Call::SUBSCRIBE) call.mutable_subscribe();
    return call;
  }

  void Update(TaskState state) {
    Call call = NewCall(Call::UPDATE);
    auto* status = call.mutable_update()->mutable_status();
    *status->mutable_task_id() = task_;
    status->set_state(state);
    status->set_source(mesos::v1::TaskStatus::SOURCE_EXECUTOR);
    std::string uuid(16, static_cast<char>(++updates_));
    uuid[6] = 0x40;  // Version 4.
    status->set_uuid(uuid);
    calls_.Send(CallRequest(call, kType));
    ReadResponse(calls_);
  }

  int End(TaskState state) {
    Update(state);
    while (acknowledged_ < updates_) {
      const auto event = stream_.Next();
      if (!event) return 1;
      if (event->type() == Event::ACKNOWLEDGED) ++acknowledged_;
    }
    return 0;
  }

  WireConnection calls_;
  WireStream stream_;
  mesos::v1::TaskID task_;
  int updates_ = 0;
  int acknowledged_ = 0;
};

}  // namespace
}  // namespace mesos_executor::dev_agent

int main(int argc, char** argv) {
  const std::string endpoint = getenv("MESOS_AGENT_ENDPOINT");
  uint32_t port = 0;
  if (argc != 2 || !absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port)) return 2;
  return mesos_executor::dev_agent::Executor(port).Run(argv[1]);
}
