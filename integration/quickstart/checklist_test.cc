#include "integration/quickstart/checklist.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace mesos_executor::quickstart {
namespace {

using mesos::v1::TaskStatus;

TaskStatus Update(mesos::v1::TaskState state) {
  TaskStatus update;
  update.set_state(state);
  update.set_source(TaskStatus::SOURCE_EXECUTOR);
  return update;
}

Facts Success() {
  TaskStatus healthy = Update(mesos::v1::TASK_RUNNING);
  healthy.set_healthy(true);
  return {.updates = {Update(mesos::v1::TASK_STARTING), Update(mesos::v1::TASK_RUNNING), healthy,
                      Update(mesos::v1::TASK_KILLED)},
          .registered = ConsulService{.id = "t_web_80", .name = "web", .status = "passing"},
          .http_status = 200,
          .deregistered_first = true,
          .executor_wait_status = 0,
          .processes_left = std::vector<std::string>(),
          .services_left = std::vector<std::string>()};
}

std::vector<std::string> Failed(const Facts& facts) {
  std::vector<std::string> names;
  for (const Step& step : Judge(facts)) {
    if (!step.happened) names.push_back(step.name);
  }
  return names;
}

TEST(ChecklistTest, ALifeWithEveryFactIsASuccess) {
  EXPECT_EQ(Failed(Success()), std::vector<std::string>());
}

struct Fault {
  const char* what;
  std::function<void(Facts&)> make;
  std::vector<std::string> failed;
};

TEST(ChecklistTest, EachFactThatIsMissingFailsItsStepAndNoOther) {
  const std::string killed = "TASK_KILLED, the one terminal update";
  const std::string registered = "Consul listed the service, passing";
  const std::string deregistered = "deregistered before its process ended";
  const std::string process = "no process is left";
  const std::string services = "Consul lists nothing of the task";
  const std::vector<Fault> faults = {
      {"no TASK_STARTING",
       [](Facts& f) { f.updates.erase(f.updates.begin()); },
       {"TASK_STARTING reached the agent"}},
      {"TASK_STARTING from elsewhere",
       [](Facts& f) { f.updates[0].set_source(TaskStatus::SOURCE_AGENT); },
       {"TASK_STARTING reached the agent"}},
      {"no TASK_RUNNING",
       [](Facts& f) { f.updates.erase(f.updates.begin() + 1, f.updates.begin() + 3); },
       {"TASK_RUNNING reached the agent", "healthy=true reached the agent"}},
      {"never healthy",
       [](Facts& f) { f.updates[2].set_healthy(false); },
       {"healthy=true reached the agent"}},
      {"no answer", [](Facts& f) { f.http_status.reset(); }, {"the service answered over HTTP"}},
      {"a bad answer", [](Facts& f) { f.http_status = 503; }, {"the service answered over HTTP"}},
      {"not registered", [](Facts& f) { f.registered.reset(); }, {registered, deregistered}},
      {"not passing", [](Facts& f) { f.registered->status = "critical"; }, {registered}},
      {"not deregistered first", [](Facts& f) { f.deregistered_first = false; }, {deregistered}},
      {"no terminal update", [](Facts& f) { f.updates.pop_back(); }, {killed}},
      {"another terminal update",
       [](Facts& f) { f.updates.back().set_state(mesos::v1::TASK_FAILED); },
       {killed}},
      {"two terminal updates",
       [](Facts& f) { f.updates.push_back(Update(mesos::v1::TASK_KILLED)); },
       {killed}},
      {"an update after the terminal one",
       [](Facts& f) { f.updates.push_back(Update(mesos::v1::TASK_RUNNING)); },
       {killed}},
      {"TASK_KILLED by the agent",
       [](Facts& f) { f.updates.back().set_source(TaskStatus::SOURCE_AGENT); },
       {killed}},
      {"exit code 1", [](Facts& f) { f.executor_wait_status = 0x100; }, {"the executor exited 0"}},
      {"killed by a signal",
       [](Facts& f) { f.executor_wait_status = 9; },
       {"the executor exited 0"}},
      {"still there", [](Facts& f) { f.executor_wait_status.reset(); }, {"the executor exited 0"}},
      {"a process", [](Facts& f) { f.processes_left->push_back("sh 12"); }, {process}},
      {"no look at /proc", [](Facts& f) { f.processes_left.reset(); }, {process}},
      {"a service", [](Facts& f) { f.services_left->push_back("t_web_80"); }, {services}},
      {"Consul away", [](Facts& f) { f.services_left.reset(); }, {services}},
  };
  for (const Fault& fault : faults) {
    Facts facts = Success();
    fault.make(facts);
    EXPECT_EQ(Failed(facts), fault.failed) << fault.what;
  }
}

TEST(ChecklistTest, WithoutAnyFactEveryStepFails) {
  const std::vector<Step> steps = Judge({});
  EXPECT_EQ(steps.size(), 10u);
  EXPECT_TRUE(std::none_of(steps.begin(), steps.end(), [](const Step& s) { return s.happened; }));
}

TEST(ChecklistTest, AStepSaysWhatWasFound) {
  Facts facts = Success();
  facts.processes_left = {"sh 12", "sleep 13"};
  facts.executor_wait_status = 9;
  const std::vector<Step> steps = Judge(facts);
  EXPECT_EQ(steps[7].found, "signal 9 (Killed)");
  EXPECT_EQ(steps[8].found, "sh 12, sleep 13");
}

}  // namespace
}  // namespace mesos_executor::quickstart
