#include "supervisor/health/probing.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {

Probing::Probing(EventLoop* loop, std::unique_ptr<Prober> prober, const CheckDefinition& definition,
                 Observer* observer)
    : loop_(loop),
      prober_(std::move(prober)),
      delay_(definition.delay),
      interval_(definition.interval),
      timeout_(definition.timeout),
      observer_(observer) {}

void Probing::Start() {
  timer_ = loop_->After(delay_, [this] { Probe(); });
}

void Probing::Stop() {
  timer_.reset();
  probe_.reset();
}

void Probing::Probe() {
  probe_started_ = loop_->Now();
  timer_ = loop_->After(timeout_, [this] {
    Ended({absl::DeadlineExceededError(
        absl::StrCat("no result within ", absl::FormatDuration(timeout_)))});
  });
  probe_ = prober_->Probe([this](ProbeResult result) { Ended(std::move(result)); });
}

void Probing::Ended(ProbeResult result) {
  probe_.reset();
  timer_ = loop_->After(interval_, [this] { Probe(); });
  // The last thing done: the observer may destroy this.
  observer_->OnProbed(result, loop_->Now() - probe_started_);
}

}  // namespace mesos_executor::health
