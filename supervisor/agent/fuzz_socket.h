// A connection to the agent whose other end is a fuzzer.
#ifndef SUPERVISOR_AGENT_FUZZ_SOCKET_H_
#define SUPERVISOR_AGENT_FUZZ_SOCKET_H_

#include <glog/logging.h>

#include <string>
#include <utility>

#include "supervisor/agent/agent_socket.h"

namespace mesos_executor::agent {

// Nothing happens until the test says so: then what waits is called back, as from the loop.
class FuzzSocket final : public AgentSocket {
 public:
  // `self` is cleared when the socket is destroyed.
  explicit FuzzSocket(FuzzSocket** self) : self_(self) { *self_ = this; }
  ~FuzzSocket() override {
    if (*self_ == this) *self_ = nullptr;
  }

  void Connect(absl::AnyInvocable<void(absl::Status)> done) override { connect_ = std::move(done); }
  void Write(std::string, absl::AnyInvocable<void(absl::Status)> done) override {
    CHECK(!write_) << "one write at a time";
    write_ = std::move(done);
  }
  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    CHECK(!read_) << "one read at a time";
    read_ = std::move(done);
  }

  // False: nothing waits for it.
  bool Connected(absl::Status status) { return Call(connect_, std::move(status)); }
  bool Written(absl::Status status) { return Call(write_, std::move(status)); }
  bool Receive(absl::StatusOr<absl::string_view> bytes) { return Call(read_, std::move(bytes)); }

 private:
  template <typename Callback, typename Value>
  static bool Call(Callback& callback, Value value) {
    if (!callback) return false;
    // Moved out, as it may destroy the socket.
    auto done = std::exchange(callback, nullptr);
    done(std::move(value));
    return true;
  }

  FuzzSocket** const self_;
  absl::AnyInvocable<void(absl::Status)> connect_;
  absl::AnyInvocable<void(absl::Status)> write_;
  absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> read_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_FUZZ_SOCKET_H_
