// A reflection client, and a whole sidecar that tells it what it serves.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <set>
#include <string>

#include "sidecars/runtime/reflection.grpc.pb.h"
#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::sidecar {
namespace {

using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

TEST(ReflectionTest, AClientListsTheServicesAndReadsTheContract) {
  // A private sidecar serves all that a host daemon does.
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd theirs(ends[1]);
  SidecarProcess sidecar({"sidecars/runtime/recorder", "--private", "3"}, {"RECORDER_WORD=hello"},
                         {theirs.get()});
  ASSERT_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  const auto stub =
      ServerReflection::NewStub(grpc::CreateInsecureChannelFromFd("sidecar", ends[0]));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stream = stub->ServerReflectionInfo(&context);

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

}  // namespace
}  // namespace mesos_executor::sidecar
