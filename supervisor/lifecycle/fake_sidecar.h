// A sidecar in memory, scripted by a test.
#ifndef SUPERVISOR_LIFECYCLE_FAKE_SIDECAR_H_
#define SUPERVISOR_LIFECYCLE_FAKE_SIDECAR_H_

#include <glog/logging.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

// Outlives what is connected to it.
class FakeSidecar {
 public:
  // What the test sets.
  bool reachable = true;
  bool reads = true;
  // Once killed, it goes only with Exit().
  bool lingers = false;

  // What the test sees: connections so far, how often its process was killed, what was sent on the
  // newest connection.
  int connections = 0;
  int killed = 0;
  std::vector<v1::SupervisorMessage> sent;
  bool writes_closed = false;

  bool connected() const { return listener_ != nullptr; }
  // The newest event that was sent on this connection, or 0.
  uint64_t asked() const {
    uint64_t seq = 0;
    for (const v1::SupervisorMessage& message : sent) {
      if (message.has_event()) seq = message.event().seq();
    }
    return seq;
  }

  // Only while connected:
  void Accept() {
    v1::SidecarMessage message;
    message.mutable_attached()->set_protocol(1);
    message.mutable_attached()->set_version("1.0");
    Say(std::move(message));
  }
  void Answer(uint64_t seq, v1::Answer::Outcome outcome, const std::string& text = "") {
    v1::Answer answer;
    answer.set_outcome(outcome);
    answer.set_message(text);
    Answer(seq, std::move(answer));
  }
  void Answer(uint64_t seq, v1::Answer answer) {
    v1::SidecarMessage message;
    *message.mutable_answer() = std::move(answer);
    message.mutable_answer()->set_seq(seq);
    Say(std::move(message));
  }
  void Say(v1::SidecarMessage message) { listener_->OnMessage(std::move(message)); }
  void Flush() { listener_->OnFlushed(); }
  void HangUp(const std::string& why = "gone") { listener_->OnEnded(absl::UnavailableError(why)); }
  // Its process has exited.
  void Exit() {
    running_ = false;
    if (auto gone = std::exchange(gone_, nullptr)) gone();
  }

  std::unique_ptr<Connector> NewConnector() { return std::make_unique<FakeConnector>(this); }

 private:
  class FakeStream final : public Stream {
   public:
    explicit FakeStream(FakeSidecar* sidecar) : sidecar_(sidecar) {}
    ~FakeStream() override { sidecar_->listener_ = nullptr; }
    bool Send(v1::SupervisorMessage message) override {
      if (sidecar_->reads) sidecar_->sent.push_back(std::move(message));
      return sidecar_->reads;
    }
    void CloseWrites() override { sidecar_->writes_closed = true; }

   private:
    FakeSidecar* const sidecar_;
  };

  class FakeConnector final : public Connector {
   public:
    explicit FakeConnector(FakeSidecar* sidecar) : sidecar_(sidecar) {}
    ~FakeConnector() override { sidecar_->gone_ = nullptr; }
    absl::StatusOr<std::unique_ptr<Stream>> Connect(Stream::Listener* listener) override {
      CHECK(!sidecar_->running_) << "its predecessor has not gone yet";
      ++sidecar_->connections;
      if (!sidecar_->reachable) return absl::UnavailableError("connection refused");
      sidecar_->sent.clear();
      sidecar_->writes_closed = false;
      sidecar_->listener_ = listener;
      sidecar_->running_ = true;
      return std::make_unique<FakeStream>(sidecar_);
    }
    void Disconnected() override {
      ++sidecar_->killed;
      if (!sidecar_->lingers) sidecar_->Exit();
    }
    void WhenGone(absl::AnyInvocable<void()> done) override {
      if (sidecar_->running_) {
        sidecar_->gone_ = std::move(done);
      } else {
        done();
      }
    }

   private:
    FakeSidecar* const sidecar_;
  };

  Stream::Listener* listener_ = nullptr;
  bool running_ = false;
  absl::AnyInvocable<void()> gone_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_FAKE_SIDECAR_H_
