// Registrations a second: consul-registrar beside a bare client loop, in turns. Against the Consul
// of $CONSUL_BIN, else against the stand-in.
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/bench/registrations.h"
#include "integration/bench/table.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"

namespace mesos_executor::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kTasks = 1000;
// Of the limit.
constexpr double kGoal = 0.8;

bool Measure(uint16_t port, Row* row) {
  // The first pair warms everybody up.
  for (int round = 0; round <= kRounds; ++round) {
    for (const auto& [measure, samples] :
         {std::pair{&RegisterByRegistrar, &row->ours}, {&RegisterByBareLoop, &row->limit}}) {
      const auto rate = measure(port, kTasks, absl::StrCat("round-", round));
      if (!rate.ok()) {
        std::fprintf(stderr, "registrations: %s\n", rate.status().ToString().c_str());
        return false;
      }
      if (round > 0) samples->push_back(*rate);
    }
  }
  return true;
}

int Run() {
  std::unique_ptr<fake_consul::FakeConsul> fake;
  std::unique_ptr<fake_consul::RealConsul> real;
  if (fake_consul::ConsulBinary().empty()) {
    fake = std::make_unique<fake_consul::FakeConsul>();
  } else {
    auto started = fake_consul::RealConsul::Start(fake_consul::ConsulBinary());
    if (!started.ok()) {
      std::fprintf(stderr, "registrations: %s\n", started.status().ToString().c_str());
      return 1;
    }
    real = *std::move(started);
  }
  Row row = {.name = absl::StrCat(kTasks, " tasks healthy at once"),
             .unit = "1/s",
             .limit_name = "bare client loop"};
  if (!Measure(real != nullptr ? real->port() : fake->port(), &row)) return 1;
  row.goal = kGoal * Median(row.limit);
  std::printf("registrations, %d rounds in turns with %s; median (least–most)\n%s", kRounds,
              real != nullptr ? "the real Consul" : "the stand-in for Consul",
              Format({row}, /*with_peer=*/false).c_str());
  return 0;
}

}  // namespace
}  // namespace mesos_executor::bench

int main() { return mesos_executor::bench::Run(); }
