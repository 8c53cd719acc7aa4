#include "sidecars/runtime/lifecycle_service.h"

#include <glog/logging.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::SidecarMessage;
using lifecycle::v1::SupervisorMessage;

// What may wait for a supervisor that does not read. A sidecar answers each event a few times, at
// most.
constexpr size_t kMaxQueued = 64;

grpc::Status ToGrpc(const absl::Status& status) {
  // The numbers are the same (absl/status/status.h).
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace

// One call. Owns itself until gRPC is done with it. A read is asked for only when the message
// before was dealt with, so that a supervisor that sends fast waits, and nothing of it piles up
// here.
class LifecycleService::Stream final
    : public grpc::ServerBidiReactor<SupervisorMessage, SidecarMessage>,
      public StreamWriter,
      public std::enable_shared_from_this<Stream> {
 public:
  Stream(LifecycleService* service, grpc::CallbackServerContext* context)
      : service_(*service),
        loop_(service->loop_),
        sessions_(service->sessions_),
        context_(context) {}

  void Start(absl::StatusOr<std::shared_ptr<Peer>> peer) {
    self_ = shared_from_this();
    if (!peer.ok()) return End(peer.status());
    loop_.Post([self = self_, peer = *std::move(peer)] {
      const auto sessions = self->sessions_.lock();
      if (sessions == nullptr) return;
      if (!sessions->ended.ok()) return self->End(sessions->ended);
      sessions->open[self.get()] = sessions->make(peer, self);
    });
    Read();
  }

  // On the loop's thread, as all of StreamWriter.
  void Write(const SidecarMessage& message) override {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    if (queue_.size() >= kMaxQueued) {
      queue_.clear();
      end_ = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the supervisor does not read");
      context_->TryCancel();  // Also ends the write that waits for the supervisor.
      return;
    }
    queue_.push_back(message);
    Continue();
  }

  void End(absl::Status status) override {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = ToGrpc(status);
    Continue();
  }

  // From here on: on gRPC's threads.
  void OnReadDone(bool ok) override {
    if (!ok) {
      PostClosed();
      End(absl::OkStatus());
      return;
    }
    loop_.Post([self = shared_from_this()] {
      const auto sessions = self->sessions_.lock();
      if (sessions == nullptr) return;
      const auto session = sessions->open.find(self.get());
      if (session != sessions->open.end()) session->second->Receive(self->received_);
      self->Read();
    });
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) {
      queue_.clear();
      if (!end_) end_ = grpc::Status::CANCELLED;
    }
    Continue();
  }

  void OnCancel() override { End(absl::CancelledError("the stream was cancelled")); }

  void OnDone() override {
    PostClosed();
    {
      const std::lock_guard lock(service_.mutex_);
      if (--service_.streams_ == 0) service_.no_streams_.notify_all();
    }
    // May be the last owner: nothing of this object is used afterwards.
    const std::shared_ptr<Stream> self = std::exchange(self_, nullptr);
  }

 private:
  void Read() {
    const std::lock_guard lock(mutex_);
    if (!finished_) StartRead(&received_);
  }

  void PostClosed() {
    loop_.Post([self = shared_from_this()] {
      const auto sessions = self->sessions_.lock();
      // Taken out before it ends, as that may end others.
      if (sessions != nullptr) sessions->open.extract(self.get());
    });
  }

  // Takes the next step of writing. With the lock; gRPC does not call back from within Start... or
  // Finish.
  void Continue() {
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      writing_ = true;
      written_ = std::move(queue_.front());
      queue_.pop_front();
      StartWrite(&written_);
    } else if (end_) {
      finished_ = true;
      Finish(*end_);
    }
  }

  LifecycleService& service_;  // Valid until OnDone.
  EventLoop& loop_;
  const std::weak_ptr<Sessions> sessions_;
  grpc::CallbackServerContext* const context_;  // Valid until Finish.
  std::shared_ptr<Stream> self_;
  SupervisorMessage received_;  // Belongs to gRPC from Read to OnReadDone, then to the loop.

  std::mutex mutex_;
  SidecarMessage written_;
  std::deque<SidecarMessage> queue_;
  bool writing_ = false;
  std::optional<grpc::Status> end_;  // What to finish with when all is written.
  bool finished_ = false;
};

LifecycleService::LifecycleService(EventLoop* loop, PeerOf peer_of, NewSession new_session)
    : loop_(*loop), peer_of_(peer_of) {
  sessions_->make = std::move(new_session);
}

void LifecycleService::EndStreams(const absl::Status& why) {
  sessions_->ended = why;
  // Taken out before they end, as that may end others.
  const auto open = std::exchange(sessions_->open, {});
  for (const auto& [stream, session] : open) session->Break(why);
}

void LifecycleService::WaitForStreams(absl::Duration time) {
  std::unique_lock lock(mutex_);
  no_streams_.wait_for(lock, absl::ToChronoNanoseconds(time), [this] { return streams_ == 0; });
}

grpc::ServerBidiReactor<SupervisorMessage, SidecarMessage>* LifecycleService::Attach(
    grpc::CallbackServerContext* context) {
  // gRPC's name for a connection that it was handed. It closes a descriptor only after the last of
  // its calls, so that as long as a call lives, its number can be no other connection's.
  const std::string name = context->peer();
  absl::string_view number = name;
  int fd;
  CHECK(absl::ConsumePrefix(&number, "fd:") && absl::SimpleAtoi(number, &fd))
      << "a connection from nowhere: " << name;
  {
    const std::lock_guard lock(mutex_);
    ++streams_;
  }
  const auto stream = std::make_shared<Stream>(this, context);
  stream->Start(peer_of_(fd));
  return stream.get();
}

}  // namespace mesos_executor::sidecar
