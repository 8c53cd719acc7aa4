// A reflection client, and a whole sidecar that tells it what it serves.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sidecars/runtime/reflection.grpc.pb.h"
#include "sidecars/runtime/scripted_supervisor.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::sidecar {
namespace {

using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

// A private sidecar serves all that a host daemon does.
class ReflectionTest : public testing::Test {
 protected:
  ReflectionTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const UniqueFd theirs(ends[1]);
    sidecar_.emplace(std::vector<std::string>{"sidecars/runtime/recorder", "--private", "3"},
                     std::vector<std::string>{"RECORDER_WORD=hello"}, std::vector{theirs.get()});
    EXPECT_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    channel_ = grpc::CreateInsecureChannelFromFd("sidecar", ends[0]);
    stub_ = ServerReflection::NewStub(channel_);
  }

  std::optional<SidecarProcess> sidecar_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ServerReflection::Stub> stub_;
};

TEST_F(ReflectionTest, AClientListsTheServicesAndReadsTheContract) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stream = stub_->ServerReflectionInfo(&context);

  ServerReflectionRequest request;
  ServerReflectionResponse response;
  request.set_list_services("");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  std::set<std::string> services;
  for (const auto& service : response.list_services_response().service()) {
    services.insert(service.name());
  }
  EXPECT_THAT(services, testing::ElementsAre("grpc.health.v1.Health",
                                             "grpc.reflection.v1alpha.ServerReflection",
                                             "mesos_executor.lifecycle.v1.Lifecycle"));

  request.set_file_containing_symbol("mesos_executor.lifecycle.v1.Lifecycle");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  const auto& files = response.file_descriptor_response().file_descriptor_proto();
  ASSERT_GE(files.size(), 1);
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(file.ParseFromString(files[0]));
  EXPECT_EQ(file.name(), "protos/lifecycle/v1/lifecycle.proto");
  ASSERT_EQ(file.service_size(), 1);
  EXPECT_EQ(file.service(0).method(0).name(), "Attach");
}

TEST_F(ReflectionTest, StreamsThatStayOpenTakeFewThreadsAndNoSupervisorsTurn) {
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<ServerReflectionRequest, ServerReflectionResponse>>
        stream;
  };
  std::deque<Call> held;
  int refused = 0;
  ServerReflectionRequest request;
  request.set_list_services("");
  for (int i = 0; i < 12; ++i) {
    Call& call = held.emplace_back();
    call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    call.stream = stub_->ServerReflectionInfo(&call.context);
    call.stream->Write(request);
    ServerReflectionResponse response;
    if (call.stream->Read(&response)) continue;
    EXPECT_EQ(call.stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    held.pop_back();
    ++refused;
  }
  EXPECT_GE(held.size(), 1u);
  EXPECT_GE(refused, 8);

  ScriptedSupervisor supervisor(channel_);
  ASSERT_TRUE(supervisor.Attach("task"));
  EXPECT_TRUE(sidecar_->WaitForLine("state task"));
  const auto answer = supervisor.Read();
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->has_attached());
  // Else their streams would wait for their ends.
  for (Call& call : held) call.context.TryCancel();
}

}  // namespace
}  // namespace mesos_executor::sidecar
