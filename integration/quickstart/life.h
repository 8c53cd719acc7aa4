// Watches one task's life at its sources, from LAUNCH until nothing is left, and asks for its end.
#ifndef INTEGRATION_QUICKSTART_LIFE_H_
#define INTEGRATION_QUICKSTART_LIFE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "integration/dev_agent/agent_event.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/quickstart/agent_story.h"
#include "integration/quickstart/checklist.h"
#include "integration/quickstart/consul_view.h"
#include "integration/quickstart/output.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::quickstart {

// Lives on the loop's thread, which it stops when the life is over: nothing is left of the task, or
// a wait took longer than a minute, or somebody has lost patience.
class Life {
 public:
  struct Setup {
    std::string task_id;
    TcpEndpoint service;
    TcpEndpoint consul;
    // What all processes have in their environment.
    std::string mark;
    // From when the task is up until it is killed; none: until a signal.
    std::optional<absl::Duration> run_for;
  };

  Life(AsioEventLoop* loop, dev_agent::DevAgent* agent, Output* output, Setup setup);
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void OnAgentEvent(const dev_agent::AgentEvent& event);
  // A line of the executor's timeline.
  void OnExecutorLine(absl::string_view line);
  // The first asks for KILL, the second for SHUTDOWN, the third stops the loop.
  void OnSignal();

  // What was seen here: all but `updates`, `executor_wait_status` and `processes_left`.
  const Facts& facts() const { return facts_; }

 private:
  enum class Stage { kStarting, kUp, kEnding, kOver };
  // Whether the service was told to quit, which it waits for after SIGTERM.
  enum class LettingGo { kNo, kAsked, kAnswered };

  void Enter(Stage stage);
  void Tick();
  // What the present stage still waits for.
  std::string Missing() const;
  void ArmWatchdog(int waited_seconds);
  void End();
  void Conclude();

  void Look();
  void OnLooked(const std::vector<ConsulService>& services);
  void AskService();
  void LetGo();
  void ShowProcesses();
  void TellOfConsul(std::string kind, std::string name, std::string outcome, std::string message);
  // Now, where the event has no time.
  void Tell(Event event);

  AsioEventLoop* const loop_;
  dev_agent::DevAgent* const agent_;
  Output* const output_;
  const Setup setup_;

  Stage stage_ = Stage::kStarting;
  AgentStory story_;
  Facts facts_;
  bool running_ = false;
  bool healthy_ = false;
  bool executor_gone_ = false;
  // The executor says that SIGTERM was sent.
  bool terminating_ = false;
  LettingGo letting_go_ = LettingGo::kNo;
  // No process of the container is left.
  bool empty_ = false;
  // In Consul now.
  std::vector<ConsulService> services_;
  int signals_ = 0;

  const std::unique_ptr<HttpClient> client_;
  ConsulView view_;
  bool looking_ = false;
  std::unique_ptr<Pending> service_request_;
  std::unique_ptr<Pending> tick_;
  std::unique_ptr<Pending> watchdog_;
  std::unique_ptr<Pending> run_for_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_LIFE_H_
