#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "integration/bench/registration_tasks.h"
#include "integration/bench/registrations.h"
#include "sidecars/consul_registrar/open_client.h"
#include "sidecars/consul_registrar/registrar.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::bench {
namespace {

using lifecycle::v1::Answer;

class NoMemory final : public sidecar::Memory {
 public:
  void Remember(const sidecar::TaskKey&, const std::string&) override {}
  void Forget(const sidecar::TaskKey&) override {}
};

// Has all tasks enter a phase at once and waits for their last answers.
class Crowd {
 public:
  Crowd(AsioEventLoop* loop, consul::Registrar* registrar, int tasks, const std::string& prefix)
      : loop_(loop), registrar_(registrar), tasks_(tasks), prefix_(prefix) {
    for (int i = 0; i < tasks_; ++i) {
      lifecycle::v1::Attach attach;
      *attach.mutable_task() = RegistrationTask(prefix_, i);
      registrar_->OnState(Key(i), attach, {.phase = lifecycle::v1::STARTED});
    }
  }

  absl::Status Enter(lifecycle::v1::Phase phase) {
    absl::Status result;
    int left = tasks_;
    const auto watchdog = loop_->After(absl::Minutes(1), [&] {
      result = absl::DeadlineExceededError("not all were answered within a minute");
      loop_->Stop();
    });
    for (int i = 0; i < tasks_; ++i) {
      registrar_->OnPhase(Key(i), {.phase = phase, .health = lifecycle::v1::HEALTH_HEALTHY},
                          absl::ZeroDuration(), [&](sidecar::Reply reply) {
                            if (reply.outcome == Answer::PENDING) return;
                            if (reply.outcome == Answer::FAILED) {
                              result = absl::InternalError(reply.message);
                            }
                            if (--left == 0) loop_->Stop();
                          });
    }
    loop_->io_context().restart();
    loop_->Run();
    return result;
  }

 private:
  sidecar::TaskKey Key(int number) const {
    return {.framework_id = "framework",
            .executor_id = "executor",
            .task_id = absl::StrCat(prefix_, ".", number)};
  }

  AsioEventLoop* const loop_;
  consul::Registrar* const registrar_;
  const int tasks_;
  const std::string prefix_;
};

}  // namespace

absl::StatusOr<double> RegisterByRegistrar(uint16_t port, int tasks, const std::string& prefix) {
  AsioEventLoop loop;
  NoMemory memory;
  sidecar::Metrics metrics;
  consul::ConsulSettings settings;
  settings.address.port = port;
  auto client = consul::OpenClient(settings, &loop, &metrics);
  if (!client.ok()) return client.status();
  consul::Registrar registrar({.loop = &loop,
                               .client = *std::move(client),
                               .memory = &memory,
                               .metrics = &metrics,
                               .random = [] { return 0.0; }});
  Crowd crowd(&loop, &registrar, tasks, prefix);
  const absl::Time start = absl::Now();
  if (auto status = crowd.Enter(lifecycle::v1::HEALTHY); !status.ok()) return status;
  const absl::Duration took = absl::Now() - start;
  if (auto status = crowd.Enter(lifecycle::v1::TERMINATED); !status.ok()) return status;
  return tasks / absl::ToDoubleSeconds(took);
}

}  // namespace mesos_executor::bench
