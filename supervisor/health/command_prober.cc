#include "supervisor/health/command_prober.h"

#include <string.h>
#include <sys/wait.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {
namespace {

ProbeResult ResultOf(const absl::StatusOr<int>& wait_status) {
  if (!wait_status.ok()) return {wait_status.status()};
  if (!WIFEXITED(*wait_status)) {
    const int signal = WTERMSIG(*wait_status);
    const char* const name = sigabbrev_np(signal);
    return {absl::AbortedError(absl::StrCat("ended by the signal ", name != nullptr
                                                                        ? absl::StrCat("SIG", name)
                                                                        : absl::StrCat(signal)))};
  }
  const int code = WEXITSTATUS(*wait_status);
  if (code == 0) return {absl::OkStatus(), code};
  return {absl::FailedPreconditionError(absl::StrCat("exit code ", code)), code};
}

class CommandProber final : public Prober {
 public:
  CommandProber(CommandRunner* runner, CheckCommand command)
      : runner_(runner), command_(std::move(command)) {}

  std::unique_ptr<Pending> Probe(Done done) override {
    return runner_->Run(command_,
                        [done = std::move(done)](absl::StatusOr<int> wait_status) mutable {
                          done(ResultOf(wait_status));
                        });
  }

 private:
  CommandRunner* const runner_;
  const CheckCommand command_;
};

}  // namespace

std::unique_ptr<Prober> NewCommandProber(CommandRunner* runner, CheckCommand command) {
  return std::make_unique<CommandProber>(runner, std::move(command));
}

}  // namespace mesos_executor::health
