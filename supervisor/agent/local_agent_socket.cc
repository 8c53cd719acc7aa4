#include "supervisor/agent/local_agent_socket.h"

#include <fcntl.h>
#include <string.h>
#include <sys/un.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::agent {
namespace {

class ByFolder final : public AgentSocket {
 public:
  ByFolder(AsioEventLoop* loop, const std::string& folder, const std::string& name)
      : loop_(loop), folder_(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (!folder_.valid()) {
      failure_ = absl::UnavailableError(absl::StrCat(folder, ": ", strerror(errno)));
      return;
    }
    socket_ = NewAgentSocket(
        loop, UnixEndpoint{absl::StrCat("/proc/self/fd/", folder_.get(), "/", name)});
  }

  void Connect(absl::AnyInvocable<void(absl::Status)> done) override {
    if (socket_ != nullptr) return socket_->Connect(std::move(done));
    failing_ = loop_->After(absl::ZeroDuration(), [this, done = std::move(done)]() mutable {
      auto last = std::move(done);  // It may destroy this.
      last(failure_);
    });
  }

  void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) override {
    socket_->Write(std::move(bytes), std::move(done));
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    socket_->Read(std::move(done));
  }

 private:
  AsioEventLoop* const loop_;
  const UniqueFd folder_;
  absl::Status failure_;
  std::unique_ptr<AgentSocket> socket_;
  std::unique_ptr<Pending> failing_;
};

}  // namespace

std::unique_ptr<AgentSocket> NewLocalAgentSocket(AsioEventLoop* loop, const std::string& path) {
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  const size_t slash = path.rfind('/');
  if (path.size() <= kLongest || slash == path.npos) {
    return NewAgentSocket(loop, UnixEndpoint{path});
  }
  return std::make_unique<ByFolder>(loop, path.substr(0, slash + 1), path.substr(slash + 1));
}

}  // namespace mesos_executor::agent
