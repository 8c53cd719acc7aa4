#include "integration/soak/soak.h"

#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

void Add(const SoakReport& life, SoakSum* sum) {
  ++(life.problem.empty() ? sum->passed : sum->failed);
  sum->dropped += life.dropped;
  sum->unsettled += life.unsettled;
  sum->all.updates += life.updates;
  sum->all.repeated += life.repeated;
  sum->all.subscriptions += life.subscriptions;
  sum->all.faults += life.faults;
  sum->all.cuts.insert(life.cuts.begin(), life.cuts.end());
}

}  // namespace

std::string SoakLine(const SoakSum& sum) {
  return absl::StrCat(sum.passed + sum.failed, " launches (", sum.dropped,
                      " never reached their executor, ", sum.unsettled,
                      " lost the very last acknowledgement), ", sum.all.updates, " updates, ",
                      sum.all.repeated, " of them repeated, ", sum.all.subscriptions,
                      " subscriptions, ", sum.all.faults, " faults, streams cut at ",
                      sum.all.cuts.size(), " different bytes: ", sum.failed, " problems");
}

SoakSum RunSoak(const SoakOptions& options,
                const std::function<void(int, const SoakReport&, const SoakSum&)>& done) {
  std::mutex mutex;
  int next = options.first;
  SoakSum sum;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (next < options.first + options.launches) {
      const int number = next++;
      lock.unlock();
      std::seed_seq seeds{options.seed, static_cast<uint64_t>(number)};
      const SoakReport life = RunSoakLife(
          {.executor = options.executor, .seed = std::mt19937_64(seeds)(), .number = number});
      lock.lock();
      Add(life, &sum);
      done(number, life, sum);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < options.at_once; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return sum;
}

}  // namespace mesos_executor
