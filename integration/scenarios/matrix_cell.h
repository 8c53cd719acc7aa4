// One cell of the matrix: a task that misbehaves in one way, ended in another, and what was seen.
#ifndef INTEGRATION_SCENARIOS_MATRIX_CELL_H_
#define INTEGRATION_SCENARIOS_MATRIX_CELL_H_

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "integration/scenarios/process_stat.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/test_cgroup.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

// A row: a program of //integration/testtasks, and what it needs.
struct Misbehaviour {
  std::string program;
  // The setuid bit, and root as its owner.
  bool setuid = false;
  // A cgroup of the v1 freezer, as its argument.
  bool freezer = false;
  // Limits, of v1's controllers: without them it would hurt this machine.
  bool limit_memory = false;
  bool limit_processes = false;

  // Which of what it needs this machine lacks; empty: nothing.
  std::string Missing() const;
};

class MatrixCell {
 public:
  // A column.
  struct Way {
    std::string name;
    // What the framework sees, the last update included: "RUNNING healthy"; "agent: FAILED" where
    // the agent says so in the executor's place.
    std::vector<std::string> updates;
    // Before the launch, and when the task runs and has said that it is ready.
    void (*prepare)(MatrixCell& cell) = nullptr;
    void (*end)(MatrixCell& cell) = nullptr;
    // ALLEGRO_EXECUTOR_CONTAINMENT, where the way depends on it; empty: as the world has it.
    std::string containment = "";
  };
  // Where a row is run.
  struct World {
    // After the program's name, in a row of its own: "as nobody".
    std::string name;
    // Whose process the executor is; empty: ours.
    std::string user;
    std::string containment = "subreaper";
  };

  // All three must outlive the cell. `limit`: from the launch on, where time is to end it.
  MatrixCell(const Misbehaviour& misbehaviour, const Way& way, const World& world,
             absl::Duration limit);
  ~MatrixCell();

  // Lets the life begin, and its end as soon as the task is ready. False if the end came before:
  // the limit was too short for this machine.
  bool Begin();
  // Awaits the end and tells of it, for the table: the last update, then what else is to be said:
  // "exit 1", of the executor; "named", of processes that its message names; "left", of those that
  // live on with nobody to end them. Anything that is against the contract is a failure of the
  // present test.
  std::string Finish();

  // For the ways.
  Scenario& scenario() { return *scenario_; }
  // Lets the task's main process end by itself, with 0. Its program is then a child of it.
  void EndByItself();
  pid_t supervisor();
  pid_t shim();
  // A port at which somebody listens until Refuse().
  uint16_t ListeningPort();
  void Refuse();
  // Returns when the process is stopped.
  static void Stop(pid_t pid);

  absl::Duration limit() const { return limit_; }

  void set_ends_by_itself() { ends_by_itself_ = true; }

 private:
  std::string Command();
  bool AwaitReady();
  void OnAgentEvent(const dev_agent::AgentEvent& event);
  // The task's processes that live, found by its mark and in its cgroup.
  std::vector<ProcessStat> Living();
  bool OursLive();
  // Waits until none is left, or nobody is there to end those that are.
  std::vector<ProcessStat> Settle();
  // Of the last update, without "TASK_".
  std::string Outcome();

  const Misbehaviour& misbehaviour_;
  const Way& way_;
  const World& world_;
  const std::string containment_;
  const absl::Duration limit_;
  std::unique_ptr<TestCgroup> members_, freezer_, memory_, processes_;
  UniqueFd port_holder_, listener_, door_;
  bool ends_by_itself_ = false;
  std::mutex mutex_;
  // The agent's keepers, the supervisor and its shim, once the task is ready.
  std::vector<ProcessStat> ours_;
  // The executor's own terminal update came.
  bool reported_ = false;
  // Of the task, when it came.
  std::vector<ProcessStat> living_at_the_end_;
  std::unique_ptr<Scenario> scenario_;
};

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_MATRIX_CELL_H_
