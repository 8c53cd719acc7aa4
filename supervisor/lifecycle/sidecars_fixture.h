// A task's sidecars in memory, on a loop that the test winds: for tests.
#ifndef SUPERVISOR_LIFECYCLE_SIDECARS_FIXTURE_H_
#define SUPERVISOR_LIFECYCLE_SIDECARS_FIXTURE_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/lifecycle/fake_sidecar.h"
#include "supervisor/lifecycle/sidecars.h"

namespace mesos_executor::lifecycle {

class SidecarsFixture : public ::testing::Test, public Sidecars::Observer {
 protected:
  void Add(FakeSidecar* fake, Policy policy = Policy::kBestEffort, Mode mode = Mode::kHost) {
    Sidecars::Sidecar& sidecar = configured_.emplace_back();
    sidecar.config.name = std::string(1, static_cast<char>('a' + configured_.size() - 1));
    sidecar.config.policy = policy;
    sidecar.mode = mode;
    if (mode == Mode::kAbsent) {
      sidecar.why = "nothing there";
    } else {
      sidecar.connector = fake->NewConnector();
    }
  }

  void Start() {
    sidecars_.emplace(&loop_, std::move(configured_), v1::Task(), "incarnation", this);
    loop_.Advance(absl::ZeroDuration());
  }

  // The usual case: one sidecar, connected and accepted.
  void StartAttached(Policy policy = Policy::kBestEffort, Mode mode = Mode::kHost) {
    Add(&fake_, policy, mode);
    Start();
    fake_.Accept();
    events_.clear();
  }

  void Ask(v1::Phase phase, absl::Duration cap = absl::InfiniteDuration()) {
    result_.reset();
    sidecars_->Ask(phase, v1::HEALTH_UNKNOWN, cap,
                   [this](PhaseResult result) { result_ = std::move(result); });
  }

  bool Done() {
    loop_.Advance(absl::ZeroDuration());
    return result_.has_value();
  }

  bool Finished() {
    loop_.Advance(absl::ZeroDuration());
    return finished_;
  }

  void Finish(absl::Duration bound) {
    sidecars_->Finish(bound, [this] { finished_ = true; });
  }

  ManualEventLoop loop_;
  FakeSidecar fake_;
  FakeSidecar other_;
  std::vector<std::string> events_;
  std::optional<PhaseResult> result_;
  bool finished_ = false;
  std::vector<Sidecars::Sidecar> configured_;
  std::optional<Sidecars> sidecars_;

 private:
  void OnSidecarUp(const std::string& name, Mode, const std::string& version) override {
    events_.push_back("up " + name + " " + version);
  }
  void OnSidecarDown(const std::string& name, Mode, const std::string& why) override {
    events_.push_back("down " + name + ": " + why);
  }
  void OnSidecarAnswer(const std::string& name, v1::Phase phase, Outcome outcome,
                       absl::Duration took, const std::string& message) override {
    events_.push_back(std::string(PhaseName(phase)) + " " + name + " " +
                      std::string(OutcomeName(outcome)) + " after " + absl::FormatDuration(took) +
                      (message.empty() ? "" : ": " + message));
  }
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SIDECARS_FIXTURE_H_
