// Follows the passing instances of a service in Consul.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_DISCOVERY_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_DISCOVERY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// Asks at once, and again so long after each answer. Where Consul can't be asked, or knows no
// passing instance, what it said last holds: a receiver that works is better than none. Pure but
// for `ask`. Lives on the loop's thread.
class Discovery {
 public:
  // Sends a GET to Consul, as HttpClient::Send does.
  using Ask =
      absl::AnyInvocable<std::unique_ptr<Pending>(const std::string& target, HttpClient::Done)>;
  // At least one, whenever they are others than before.
  using Found = absl::AnyInvocable<void(std::vector<Receiver>)>;

  // `service` is for people.
  Discovery(EventLoop* loop, std::string service, std::string target, absl::Duration refresh,
            Ask ask, Found found);
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

 private:
  void AskNow();
  void Read(const absl::StatusOr<HttpResponse>& answer);
  void Warn(absl::string_view why);

  EventLoop* const loop_;
  const std::string service_;
  const std::string target_;
  const absl::Duration refresh_;
  Ask ask_;
  Found found_;
  std::vector<Receiver> known_;
  // What was told last, so that an outage is told once.
  std::string warned_;
  // The pause, or the question under way.
  std::unique_ptr<Pending> next_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_DISCOVERY_H_
