#include "supervisor/health/health_checker.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "supervisor/health/http_prober.h"
#include "supervisor/health/tcp_prober.h"

namespace mesos_executor::health {

std::unique_ptr<Prober> NewProber(AsioEventLoop* loop, HttpClient* client,
                                  const CheckDefinition& definition) {
  if (const auto* http = std::get_if<HttpCheck>(&definition.probe)) {
    return NewHttpProber(client, *http);
  }
  return NewTcpProber(loop, std::get<TcpCheck>(definition.probe));
}

HealthChecker::HealthChecker(EventLoop* loop, std::unique_ptr<Prober> prober,
                             CheckDefinition definition, Observer* observer)
    : loop_(loop),
      prober_(std::move(prober)),
      definition_(std::move(definition)),
      observer_(observer),
      monitor_(definition_, loop->Now()) {}

void HealthChecker::Start() { ScheduleProbe(); }

void HealthChecker::ScheduleProbe() {
  timer_ = loop_->After(monitor_.next_probe() - loop_->Now(), [this] { Probe(); });
}

void HealthChecker::Probe() {
  probe_started_ = loop_->Now();
  timer_ = loop_->After(definition_.timeout, [this] {
    Ended(absl::DeadlineExceededError(
        absl::StrCat("no result within ", absl::FormatDuration(definition_.timeout))));
  });
  probe_ = prober_->Probe([this](const absl::Status& status) { Ended(status); });
}

void HealthChecker::Ended(const absl::Status& status) {
  timer_.reset();
  probe_.reset();
  const absl::Time now = loop_->Now();
  std::string why;
  if (!status.ok()) {
    why = absl::StrCat(definition_.Name(), " failed: ", status.message());
  }
  const HealthMonitor::Report report = monitor_.OnResult(status.ok(), now);
  observer_->OnResult(status.ok(), now - probe_started_, why);
  if (report == HealthMonitor::Report::kUnhealthyKill) {
    absl::StrAppend(&why, " (", monitor_.failures(), " times in a row)");
    return observer_->OnUnhealthy(why, /*kill=*/true);
  }
  ScheduleProbe();
  // The last thing done: the observer may destroy this.
  if (report == HealthMonitor::Report::kHealthy) return observer_->OnHealthy();
  if (report == HealthMonitor::Report::kUnhealthy) observer_->OnUnhealthy(why, /*kill=*/false);
}

}  // namespace mesos_executor::health
