// A prober for tests.
#ifndef SUPERVISOR_HEALTH_FAKE_PROBER_H_
#define SUPERVISOR_HEALTH_FAKE_PROBER_H_

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// Its probes end when the test says so.
class FakeProber final : public Prober {
 public:
  std::unique_ptr<Pending> Probe(Done done) override {
    EXPECT_EQ(done_, nullptr) << "probes overlap";
    ++started_;
    done_ = std::move(done);
    return std::make_unique<Running>(this);
  }

  void End(ProbeResult result) { std::exchange(done_, nullptr)(std::move(result)); }
  int started() const { return started_; }
  bool running() const { return done_ != nullptr; }

 private:
  class Running final : public Pending {
   public:
    explicit Running(FakeProber* prober) : prober_(prober) {}
    ~Running() override { prober_->done_ = nullptr; }

   private:
    FakeProber* const prober_;
  };

  int started_ = 0;
  Done done_;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_FAKE_PROBER_H_
