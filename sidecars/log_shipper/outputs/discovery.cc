#include "sidecars/log_shipper/outputs/discovery.h"

#include <glog/logging.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "sidecars/log_shipper/outputs/health_answer.h"

namespace mesos_executor::log_shipper {

Discovery::Discovery(EventLoop* loop, std::string service, std::string target,
                     absl::Duration refresh, Ask ask, Found found)
    : loop_(loop),
      service_(std::move(service)),
      target_(std::move(target)),
      refresh_(refresh),
      ask_(std::move(ask)),
      found_(std::move(found)) {
  next_ = loop_->After(absl::ZeroDuration(), [this] { AskNow(); });
}

void Discovery::AskNow() {
  next_ = ask_(target_, [this](const absl::StatusOr<HttpResponse>& answer) {
    next_ = loop_->After(refresh_, [this] { AskNow(); });
    Read(answer);
  });
}

void Discovery::Read(const absl::StatusOr<HttpResponse>& answer) {
  auto receivers = ReadHealthAnswer(answer);
  if (!receivers.ok()) return Warn(receivers.status().message());
  if (receivers->empty()) return Warn("Consul knows no passing instance, or may not tell us");
  if (!std::exchange(warned_, "").empty()) {
    LOG(INFO) << "Consul knows instances of " << service_ << " again";
  }
  // Consul gives them in any order.
  std::sort(receivers->begin(), receivers->end(), [](const Receiver& a, const Receiver& b) {
    return std::tie(a.host, a.port) < std::tie(b.host, b.port);
  });
  if (*receivers == known_) return;
  known_ = *receivers;
  found_(*std::move(receivers));
}

void Discovery::Warn(absl::string_view why) {
  if (warned_ == why) return;
  warned_ = std::string(why);
  LOG(WARNING) << "receivers of " << service_ << ": " << why << "; "
               << (known_.empty() ? "there are none yet" : "those known last stay");
}

}  // namespace mesos_executor::log_shipper
