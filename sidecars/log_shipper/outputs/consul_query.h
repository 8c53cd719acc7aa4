// Reads from Consul, as the settings that Consul's own tools know say.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_CONSUL_QUERY_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_CONSUL_QUERY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/consul_registrar/credentials.h"
#include "sidecars/runtime/route.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread, and longer than its questions.
class ConsulQuery {
 public:
  static constexpr absl::Duration kTimeout = absl::Seconds(5);

  // InvalidArgument: a file of TLS or of the token is bad now.
  static absl::StatusOr<std::unique_ptr<ConsulQuery>> Create(
      AsioEventLoop* loop, const consul::ConsulSettings& settings);

  // A GET, with the token. Calls `done` once, with any answer or HttpClient's errors. Destroying
  // the result cancels. After a failure the next question goes to another address, and after a
  // refusal the token's file is read again.
  [[nodiscard]] std::unique_ptr<Pending> Get(const std::string& target, HttpClient::Done done);

 private:
  class Question;

  ConsulQuery(AsioEventLoop* loop, const consul::ConsulAddress& address,
              std::unique_ptr<consul::Credentials> credentials);

  AsioEventLoop* const loop_;
  const std::unique_ptr<consul::Credentials> credentials_;
  const std::unique_ptr<sidecar::Route> route_;
  const std::unique_ptr<HttpClient> http_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_CONSUL_QUERY_H_
