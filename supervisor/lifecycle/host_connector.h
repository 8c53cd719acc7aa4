// Connects to the daemon that serves every supervisor of a host.
#ifndef SUPERVISOR_LIFECYCLE_HOST_CONNECTOR_H_
#define SUPERVISOR_LIFECYCLE_HOST_CONNECTOR_H_

#include <memory>
#include <string>
#include <utility>

#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

class HostConnector final : public Connector {
 public:
  // `path` of the daemon's Unix socket. One that is too long is an error of each Connect.
  HostConnector(std::string path, StreamOpener open)
      : path_(std::move(path)), open_(std::move(open)) {}

  // Errors: what socket(2) or connect(2) said. On a Unix socket neither ever blocks (unix(7)).
  absl::StatusOr<std::unique_ptr<Stream>> Connect(Stream::Listener* listener) override;
  void Disconnected() override {}
  void WhenGone(absl::AnyInvocable<void()> done) override { done(); }

 private:
  const std::string path_;
  StreamOpener open_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_HOST_CONNECTOR_H_
