#include "sidecars/runtime/server.h"

#include <glog/logging.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <utility>

#include "sidecars/runtime/socket_peer.h"

namespace mesos_executor::sidecar {
namespace {

// A task's facts are a few KiB; a thousand labels still fit.
constexpr int kMaxMessageBytes = 256 << 10;
// A supervisor has one stream a task, and one task.
constexpr int kMaxStreamsPerConnection = 16;
// A connection on which nobody attaches only holds a descriptor.
constexpr absl::Duration kIdleConnection = absl::Minutes(1);
constexpr absl::Duration kShutdownTime = absl::Seconds(1);
// gRPC's reflection service blocks a thread for each of its streams. When all of these are taken,
// the next one is told RESOURCE_EXHAUSTED. Health and our own service need none of them.
constexpr int kMaxBlockingThreads = 4;

absl::StatusOr<std::shared_ptr<Peer>> PeerOf(int connection) { return SocketPeer::Of(connection); }

}  // namespace

Server::Server(EventLoop* loop, Handler* handler, SidecarName name, absl::Duration lease)
    : tasks_(loop, handler, lease),
      service_(loop, PeerOf,
               [this, loop, handler, name = std::move(name)](std::shared_ptr<Peer> peer,
                                                             std::shared_ptr<StreamWriter> writer) {
                 return std::make_unique<Session>(loop, name, &tasks_, handler, std::move(peer),
                                                  std::move(writer));
               }) {
  // For all servers of the process, which has but this one.
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.RegisterService(&service_);
  grpc::ResourceQuota quota("sidecar");
  quota.SetMaxThreads(kMaxBlockingThreads);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             absl::ToInt64Milliseconds(kIdleConnection));
  server_ = builder.BuildAndStart();
  CHECK(server_ != nullptr) << "a gRPC server without a port cannot fail to start";
  server_->GetHealthCheckService()->SetServingStatus(lifecycle::v1::Lifecycle::service_full_name(),
                                                     true);
}

Server::~Server() {
  EndStreams();
  service_.WaitForStreams(kShutdownTime);
  // Without a deadline it would wait for the supervisors to hang up (grpcpp/server.h).
  server_->Shutdown(std::chrono::system_clock::now());
}

void Server::Serve(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.Release());
}

void Server::EndStreams() {
  server_->GetHealthCheckService()->SetServingStatus(false);
  service_.EndStreams(absl::UnavailableError("the sidecar is stopping"));
}

}  // namespace mesos_executor::sidecar
