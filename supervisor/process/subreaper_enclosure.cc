#include <unistd.h>

#include "supervisor/process/descendants.h"
#include "supervisor/process/enclosure.h"
#include "supervisor/process/tree_killer.h"

namespace mesos_executor::process {
namespace {

class SubreaperEnclosure final : public Enclosure {
  pid_t Fork() override { return fork(); }
  void Amend(ExecPlan&) override {}
  void MainEnded() override {}
  absl::Duration Kill() override { return killer_.Round(SpareNone); }
  void Leave() override {}

  TreeKiller killer_;
};

}  // namespace

std::unique_ptr<Enclosure> MakeSubreaperEnclosure() {
  return std::make_unique<SubreaperEnclosure>();
}

}  // namespace mesos_executor::process
