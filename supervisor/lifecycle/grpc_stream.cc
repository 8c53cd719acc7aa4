#include "supervisor/lifecycle/grpc_stream.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>

#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "protos/lifecycle/v1/lifecycle.grpc.pb.h"

namespace mesos_executor::lifecycle {
namespace {

// A few phases beyond what the transport holds: a peer that reads gets nowhere near it.
constexpr size_t kMaxQueued = 32;
// An answer's environment is at most 64 KiB.
constexpr int kMaxMessageBytes = 128 * 1024;
constexpr size_t kMaxErrorText = 200;

class GrpcStream;

// What belongs to one call and has to live until gRPC has done with all of it: shared by the stream
// and by each operation that is under way.
struct Call {
  // Posts to the loop, unless the stream is gone; the loop may be gone then too. From any thread.
  void Post(absl::AnyInvocable<void()> callback) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (loop != nullptr) loop->Post(std::move(callback));
  }
  void StopPosting() {
    const std::lock_guard<std::mutex> lock(mutex);
    loop = nullptr;
  }

  std::mutex mutex;
  EventLoop* loop;

  std::unique_ptr<v1::Lifecycle::Stub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::SupervisorMessage, v1::SidecarMessage>> stream;
  // Where operations under way read and write.
  v1::SidecarMessage arriving;
  v1::SupervisorMessage leaving;
  grpc::Status status;
};

// An operation under way; its address is its tag.
struct Operation {
  std::shared_ptr<Call> call;
  std::weak_ptr<GrpcStream*> stream;
  void (GrpcStream::*done)(bool ok);
};

class GrpcStream final : public Stream {
 public:
  GrpcStream(EventLoop* loop, UniqueFd socket, Listener* listener);

  ~GrpcStream() override {
    call_->StopPosting();
    call_->context.TryCancel();
    Disconnect();
  }

  bool Send(v1::SupervisorMessage message) override {
    if (closing_ || ended_) return true;
    if (queue_.size() >= kMaxQueued) return false;
    queue_.push_back(std::move(message));
    WriteNext();
    return true;
  }

  void CloseWrites() override {
    if (std::exchange(closing_, true)) return;
    WriteNext();
  }

 private:
  void* Tag(void (GrpcStream::*done)(bool)) { return new Operation{call_, self_, done}; }

  void OnStarted(bool ok) {
    if (!ok) return End();
    writing_ = false;
    call_->stream->Read(&call_->arriving, Tag(&GrpcStream::OnRead));
    WriteNext();
  }

  void OnRead(bool ok) {
    if (!ok) return End();
    v1::SidecarMessage message = std::exchange(call_->arriving, {});
    call_->stream->Read(&call_->arriving, Tag(&GrpcStream::OnRead));
    listener_->OnMessage(std::move(message));
  }

  // A write fails only where the stream has ended; then the read under way says so.
  void OnWritten(bool ok) {
    writing_ = false;
    if (ok) WriteNext();
  }

  void OnWritesDone(bool ok) {
    if (ok) listener_->OnFlushed();
  }

  void OnFinished(bool) {
    listener_->OnEnded(absl::UnavailableError(
        absl::Utf8SafeCHexEscape(call_->status.error_message().substr(0, kMaxErrorText))));
  }

  void WriteNext() {
    if (ended_ || writing_) return;
    if (!queue_.empty()) {
      writing_ = true;
      call_->leaving = std::move(queue_.front());
      queue_.pop_front();
      call_->stream->Write(call_->leaving, Tag(&GrpcStream::OnWritten));
    } else if (closing_ && !std::exchange(closed_, true)) {
      call_->stream->WritesDone(Tag(&GrpcStream::OnWritesDone));
    }
  }

  // Nothing more will arrive: asks why.
  void End() {
    ended_ = true;
    queue_.clear();
    call_->stream->Finish(&call_->status, Tag(&GrpcStream::OnFinished));
    Disconnect();
  }

  // gRPC keeps a call and its socket for as long as a write is stuck in it, even a cancelled one.
  void Disconnect() { shutdown(socket_.get(), SHUT_RDWR); }

  Listener* const listener_;
  // The same socket as the channel's.
  const UniqueFd socket_;
  const std::shared_ptr<Call> call_ = std::make_shared<Call>();
  // Expires with the stream: what was posted before and runs after finds nothing.
  const std::shared_ptr<GrpcStream*> self_ = std::make_shared<GrpcStream*>(this);
  std::deque<v1::SupervisorMessage> queue_;
  bool writing_ = true;   // Until the call has started, and while a write is under way.
  bool closing_ = false;  // CloseWrites was called,
  bool closed_ = false;   // and passed on.
  bool ended_ = false;
};

// gRPC's completed operations, passed on to their loops by one thread. (gRPC's callback API instead
// has a thread for every other core, each of which wakes up every second, and joins them from
// within a callback when the last channel goes there.)
class Completions {
 public:
  // Lives until the process ends: a supervisor that needed gRPC once will need it again.
  static Completions& Get() {
    static Completions* const completions = new Completions;
    return *completions;
  }

  grpc::CompletionQueue* queue() { return &queue_; }

 private:
  Completions() : thread_([this] { PassOn(); }) { thread_.detach(); }

  void PassOn() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      const std::unique_ptr<Operation> operation(static_cast<Operation*>(tag));
      operation->call->Post([stream = operation->stream, done = operation->done, ok] {
        if (const auto alive = stream.lock()) ((*alive)->*done)(ok);
      });
    }
  }

  grpc::CompletionQueue queue_;
  std::thread thread_;
};

GrpcStream::GrpcStream(EventLoop* loop, UniqueFd socket, Listener* listener)
    : listener_(listener), socket_(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  call_->loop = loop;
  call_->stub = v1::Lifecycle::NewStub(
      grpc::CreateCustomInsecureChannelFromFd("sidecar", socket.Release(), arguments));
  call_->stream = call_->stub->PrepareAsyncAttach(&call_->context, Completions::Get().queue());
  call_->stream->StartCall(Tag(&GrpcStream::OnStarted));
}

}  // namespace

std::unique_ptr<Stream> OpenGrpcStream(EventLoop* loop, UniqueFd socket,
                                       Stream::Listener* listener) {
  return std::make_unique<GrpcStream>(loop, std::move(socket), listener);
}

}  // namespace mesos_executor::lifecycle
