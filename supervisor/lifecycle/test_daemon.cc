#include "supervisor/lifecycle/test_daemon.h"

#include <grpcpp/server_posix.h>

#include <chrono>

namespace mesos_executor::lifecycle {
namespace {

std::string Describe(const v1::SupervisorMessage& message) {
  if (message.has_attach()) return "attach " + message.attach().task().task_id();
  if (message.has_state()) {
    return "state " + std::to_string(message.state().seq()) + " " +
           v1::Phase_Name(message.state().phase());
  }
  if (message.has_event()) {
    return "event " + std::to_string(message.event().seq()) + " " +
           v1::Phase_Name(message.event().phase());
  }
  return message.has_goodbye() ? "goodbye" : "nothing";
}

}  // namespace

std::optional<v1::SupervisorMessage> Conversation::Read() {
  v1::SupervisorMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  record_(Describe(message));
  return message;
}

std::optional<v1::Event> Conversation::ReadEvent() {
  while (auto message = Read()) {
    if (message->has_event()) return message->event();
  }
  return std::nullopt;
}

void Conversation::ReadAll() {
  while (Read()) {
  }
}

void Conversation::Accept(uint32_t protocol) {
  v1::SidecarMessage message;
  message.mutable_attached()->set_protocol(protocol);
  message.mutable_attached()->set_name("test-daemon");
  message.mutable_attached()->set_version("1.0");
  stream_->Write(message);
}

void Conversation::Answer(uint64_t seq, v1::Answer answer) {
  v1::SidecarMessage message;
  *message.mutable_answer() = std::move(answer);
  message.mutable_answer()->set_seq(seq);
  stream_->Write(message);
}

Behaviour AnswersWith(std::function<v1::Answer(const v1::Event&)> answer) {
  return [answer = std::move(answer)](Conversation& supervisor) {
    supervisor.Accept();
    while (const auto event = supervisor.ReadEvent()) {
      supervisor.Answer(event->seq(), answer(*event));
    }
    return grpc::Status::OK;
  };
}

Behaviour AnswersOk() {
  return AnswersWith([](const v1::Event&) {
    v1::Answer answer;
    answer.set_outcome(v1::Answer::OK);
    return answer;
  });
}

Behaviour NeverAnswers() {
  return [](Conversation& supervisor) {
    supervisor.Accept();
    supervisor.ReadAll();
    return grpc::Status::OK;
  };
}

TestDaemon::TestDaemon(const std::string& path, Behaviour behaviour, std::function<void()> recorded)
    : behaviour_(std::move(behaviour)), recorded_(std::move(recorded)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

TestDaemon::TestDaemon(UniqueFd socket, Behaviour behaviour) : TestDaemon(std::move(behaviour)) {
  Serve(std::move(socket));
}

TestDaemon::TestDaemon(Behaviour behaviour) : behaviour_(std::move(behaviour)), recorded_([] {}) {
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

TestDaemon::~TestDaemon() { server_->Shutdown(std::chrono::system_clock::now()); }

void TestDaemon::Serve(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.Release());
}

std::vector<std::string> TestDaemon::records() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return records_;
}

grpc::Status TestDaemon::Attach(grpc::ServerContext*, Conversation::Stream* stream) {
  Conversation conversation(stream, [this](std::string what) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      records_.push_back(std::move(what));
    }
    recorded_();
  });
  return behaviour_(conversation);
}

}  // namespace mesos_executor::lifecycle
