#include "integration/quickstart/life.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "integration/quickstart/executor_timeline.h"
#include "integration/quickstart/processes.h"

namespace mesos_executor::quickstart {
namespace {

using dev_agent::AgentEvent;

// How often we look for ourselves at what nobody tells us of.
constexpr absl::Duration kTick = absl::Milliseconds(250);
// A wait that takes longer has failed.
constexpr int kPatienceSeconds = 60;
constexpr int kNoteEverySeconds = 10;

}  // namespace

Life::Life(AsioEventLoop* loop, dev_agent::DevAgent* agent, Output* output, Setup setup)
    : loop_(loop),
      agent_(agent),
      output_(output),
      setup_(std::move(setup)),
      client_(NewHttpClient(loop)),
      view_(client_.get(), setup_.consul, absl::StrCat(setup_.task_id, "_")) {
  Enter(Stage::kStarting);
  Tick();
}

void Life::Enter(Stage stage) {
  stage_ = stage;
  watchdog_.reset();
  if (stage == Stage::kStarting || stage == Stage::kEnding) ArmWatchdog(0);
  if (stage != Stage::kUp) return;
  if (setup_.run_for) run_for_ = loop_->After(*setup_.run_for, [this] { End(); });
  Tell({.source = Source::kQuickstart,
        .kind = "note",
        .name = "the task is up",
        .message = setup_.run_for ? absl::StrCat("for ", absl::FormatDuration(*setup_.run_for))
                                  : absl::StrCat("until Ctrl-C; try: curl http://",
                                                 EndpointName(setup_.service))});
}

void Life::Tick() {
  tick_ = loop_->After(kTick, [this] { Tick(); });
  if (!looking_) Look();
  if (healthy_ && !facts_.http_status) AskService();
}

std::string Life::Missing() const {
  std::vector<std::string> missing;
  if (stage_ == Stage::kStarting) {
    if (!running_) missing.push_back("TASK_RUNNING");
    if (!healthy_) missing.push_back("healthy=true");
    if (services_.empty()) missing.push_back("the registration in Consul");
    if (facts_.http_status != 200) missing.push_back("an answer of the service");
  } else {
    if (!services_.empty()) missing.push_back("the deregistration in Consul");
    if (!executor_gone_) missing.push_back("the end of the executor");
    missing.push_back("the end of its last process");
  }
  return absl::StrJoin(missing, ", ");
}

void Life::ArmWatchdog(int waited_seconds) {
  watchdog_ = loop_->After(absl::Seconds(kNoteEverySeconds), [this, waited_seconds] {
    const int waited = waited_seconds + kNoteEverySeconds;
    output_->Note(absl::StrCat("quickstart: waiting for ", waited, " s for ", Missing()));
    if (waited < kPatienceSeconds) return ArmWatchdog(waited);
    output_->Note("quickstart: giving up");
    stage_ == Stage::kStarting ? End() : Conclude();
  });
}

void Life::End() {
  if (stage_ == Stage::kEnding || stage_ == Stage::kOver) return;
  run_for_.reset();
  Enter(Stage::kEnding);
  agent_->Kill();
}

void Life::Conclude() {
  if (stage_ == Stage::kOver) return;
  Enter(Stage::kOver);
  tick_.reset();
  view_.Look([this](absl::StatusOr<std::vector<ConsulService>> services) {
    if (services.ok()) {
      OnLooked(*services);
      facts_.services_left.emplace();
      for (const ConsulService& service : *services) facts_.services_left->push_back(service.id);
    } else {
      TellOfConsul("service", "no answer", "failed", std::string(services.status().message()));
    }
    loop_->Stop();
  });
}

void Life::OnAgentEvent(const AgentEvent& event) {
  if (auto told = story_.Tell(event)) output_->Add(*std::move(told));
  switch (event.kind) {
    case AgentEvent::kUpdate:
      if (event.status.state() != mesos::v1::TASK_RUNNING) break;
      if (!std::exchange(running_, true)) ShowProcesses();
      if (event.status.healthy() && !std::exchange(healthy_, true)) AskService();
      break;
    case AgentEvent::kExecutorExited:
      executor_gone_ = true;
      if (stage_ == Stage::kStarting || stage_ == Stage::kUp) Enter(Stage::kEnding);
      break;
    case AgentEvent::kContainerDestroyed:
      empty_ = true;
      if (letting_go_ != LettingGo::kAsked) Conclude();
      break;
    default:
      break;
  }
}

void Life::OnExecutorLine(absl::string_view line) {
  auto event = ParseExecutorLine(line);
  if (!event.ok()) {
    Tell({.source = Source::kQuickstart,
          .kind = "problem",
          .name = "a line",
          .outcome = "failed",
          .message = std::string(event.status().message())});
    return;
  }
  if (event->kind == "process" && event->name == "terminate") terminating_ = true;
  // A sidecar's answer is when something changes in Consul.
  if (event->source == Source::kSidecar || terminating_) Look();
  output_->Add(*std::move(event));
}

void Life::OnSignal() {
  ++signals_;
  output_->Interrupt();
  if (signals_ == 1 && stage_ != Stage::kEnding) {
    End();
  } else if (signals_ <= 2) {
    agent_->Shutdown();
  } else {
    output_->Note("quickstart: stopping without waiting for the end");
    loop_->Stop();
  }
}

void Life::Look() {
  if (stage_ == Stage::kOver) return;
  looking_ = true;
  view_.Look([this](absl::StatusOr<std::vector<ConsulService>> services) {
    looking_ = false;
    if (services.ok()) OnLooked(*services);
  });
}

void Life::OnLooked(const std::vector<ConsulService>& services) {
  for (const ConsulService& service : services) {
    if (std::find(services_.begin(), services_.end(), service) != services_.end()) continue;
    TellOfConsul("service", "lists the service", service.status,
                 absl::StrCat(service.name, " at ", service.address, ":", service.port));
    TellOfConsul("detail", "id", "", service.id);
    TellOfConsul("detail", "tags", "", absl::StrJoin(service.tags, " "));
    if (stage_ == Stage::kStarting || stage_ == Stage::kUp) facts_.registered = service;
  }
  if (services.empty() && !services_.empty()) {
    TellOfConsul("service", "lists it no longer", "", services_.front().id);
  }
  services_ = services;
  if (terminating_ && services_.empty()) LetGo();
  if (stage_ == Stage::kStarting && Missing().empty()) Enter(Stage::kUp);
}

void Life::AskService() {
  const absl::Time asked = absl::Now();
  service_request_ = client_->Send({.endpoint = setup_.service, .target = "/health"},
                                   [this, asked](absl::StatusOr<HttpResponse> response) {
                                     if (!response.ok()) return;
                                     facts_.http_status = response->status;
                                     Tell({.time = asked,
                                           .source = Source::kTask,
                                           .kind = "answer",
                                           .name = "GET /health",
                                           .outcome = absl::StrCat(response->status),
                                           .took = absl::Now() - asked,
                                           .message = "asked by us"});
                                     Look();
                                   });
}

void Life::LetGo() {
  if (stage_ == Stage::kOver || letting_go_ != LettingGo::kNo) return;
  letting_go_ = LettingGo::kAsked;
  const absl::Time asked = absl::Now();
  service_request_ =
      client_->Send({.endpoint = setup_.service, .method = "POST", .target = "/quit"},
                    [this, asked](absl::StatusOr<HttpResponse> response) {
                      letting_go_ = LettingGo::kAnswered;
                      facts_.deregistered_first = response.ok() && response->status == 200;
                      if (facts_.deregistered_first) {
                        Tell({.time = asked,
                              .source = Source::kTask,
                              .kind = "answer",
                              .name = "POST /quit",
                              .outcome = "200",
                              .took = absl::Now() - asked,
                              .message = "still there, and already out of Consul: may go now"});
                      }
                      if (empty_) Conclude();
                    });
}

void Life::ShowProcesses() {
  std::vector<std::string> texts;
  for (const Process& process : LiveProcesses(setup_.mark)) {
    if (process.name != "consul") texts.push_back(process.Text());
  }
  Tell({.source = Source::kTask,
        .kind = "process",
        .name = "processes",
        .message = absl::StrJoin(texts, ", ")});
}

void Life::TellOfConsul(std::string kind, std::string name, std::string outcome,
                        std::string message) {
  Tell({.source = Source::kConsul,
        .kind = std::move(kind),
        .name = std::move(name),
        .outcome = std::move(outcome),
        .message = std::move(message)});
}

void Life::Tell(Event event) {
  if (event.time == absl::Time()) event.time = absl::Now();
  output_->Add(std::move(event));
}

}  // namespace mesos_executor::quickstart
