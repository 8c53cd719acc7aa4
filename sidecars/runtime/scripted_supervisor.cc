#include "sidecars/runtime/scripted_supervisor.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <grpcpp/create_channel_posix.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::SidecarMessage;
using lifecycle::v1::SupervisorMessage;

constexpr std::chrono::seconds kWatchdog(60);

std::shared_ptr<grpc::Channel> ChannelOver(UniqueFd connection) {
  CHECK_EQ(fcntl(connection.get(), F_SETFL, O_NONBLOCK), 0);
  return grpc::CreateInsecureChannelFromFd("sidecar", connection.Release());
}

}  // namespace

ScriptedSupervisor::ScriptedSupervisor(UniqueFd connection)
    : ScriptedSupervisor(ChannelOver(std::move(connection))) {}

ScriptedSupervisor::ScriptedSupervisor(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(lifecycle::v1::Lifecycle::NewStub(channel)) {
  context_.set_deadline(std::chrono::system_clock::now() + kWatchdog);
  stream_ = stub_->Attach(&context_);
}

UniqueFd ScriptedSupervisor::Connect(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  CHECK_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto deadline = std::chrono::steady_clock::now() + kWatchdog;
  do {
    UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
      return connection;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < deadline);
  return UniqueFd();
}

bool ScriptedSupervisor::Attach(const std::string& task_id) {
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

bool ScriptedSupervisor::Event(uint64_t seq, lifecycle::v1::Phase phase, int64_t deadline_seconds) {
  SupervisorMessage message;
  message.mutable_event()->set_seq(seq);
  message.mutable_event()->set_phase(phase);
  message.mutable_event()->mutable_deadline()->set_seconds(deadline_seconds);
  return stream_->Write(message);
}

bool ScriptedSupervisor::Goodbye() {
  SupervisorMessage message;
  message.mutable_goodbye();
  return stream_->Write(message);
}

bool ScriptedSupervisor::Send(const SupervisorMessage& message) { return stream_->Write(message); }

void ScriptedSupervisor::Cancel() { context_.TryCancel(); }

std::optional<SidecarMessage> ScriptedSupervisor::Read() {
  SidecarMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

grpc::StatusCode ScriptedSupervisor::End() {
  while (Read()) {
  }
  return stream_->Finish().error_code();
}

}  // namespace mesos_executor::sidecar
