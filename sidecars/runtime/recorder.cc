// A sidecar that tells on stdout what it is told, for tests. It remembers each task that is
// HEALTHY.
#include <stdlib.h>
#include <sys/prctl.h>

#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/main.h"

namespace mesos_executor::sidecar {
namespace {

class Recorder final : public Handler {
 public:
  explicit Recorder(Memory* memory) : memory_(*memory) {}

  void OnState(const TaskKey& key, const lifecycle::v1::Attach&, const TaskState&) override {
    Tell("state ", key.task_id);
  }
  void OnPhase(const TaskKey& key, const TaskState& state, absl::Duration,
               ReplyCallback reply) override {
    if (state.phase == lifecycle::v1::HEALTHY)
      memory_.Remember(key, absl::StrCat("record-of-", key.task_id));
    if (state.phase == lifecycle::v1::TERMINATED) memory_.Forget(key);
    Tell(Phase_Name(state.phase), " ", key.task_id);
    reply({});
  }
  void OnRecovered(const TaskKey& key, const std::string& record) override {
    Tell("recovered ", record);
  }
  void Undo(const TaskKey& key) override {
    memory_.Forget(key);
    Tell("undo ", key.task_id);
  }
  void WhenIdle(absl::AnyInvocable<void()> done) override {
    Tell("idle");
    done();
  }

 private:
  template <typename... Words>
  static void Tell(const Words&... words) {
    std::cout << absl::StrCat(words...) << std::endl;
  }

  Memory& memory_;
};

}  // namespace
}  // namespace mesos_executor::sidecar

int main(int argc, char** argv) {
  using namespace mesos_executor::sidecar;
  return SidecarMain(argc, argv,
                     {"recorder", "tells what it is told", "  RECORDER_WORD  what it says first\n"},
                     [](const HandlerParts& parts) -> absl::StatusOr<std::unique_ptr<Handler>> {
                       const auto word = parts.settings.Get("RECORDER_WORD");
                       if (!word) return absl::InvalidArgumentError("RECORDER_WORD is not set");
                       std::cout << *word << " dumpable=" << prctl(PR_GET_DUMPABLE) << std::endl;
                       return std::make_unique<Recorder>(parts.memory);
                     });
}
