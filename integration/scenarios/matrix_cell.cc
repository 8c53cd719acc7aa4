#include "integration/scenarios/matrix_cell.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "integration/scenarios/eventually.h"

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;

// Between SIGTERM and SIGKILL. What a cell shows doesn't depend on it.
constexpr absl::Duration kGrace = absl::Milliseconds(50);
constexpr char kDoor[] = "door";

bool IsTerminal(mesos::v1::TaskState state) {
  return state == mesos::v1::TASK_FINISHED || state == mesos::v1::TASK_FAILED ||
         state == mesos::v1::TASK_KILLED;
}

std::string Describe(const std::vector<ProcessStat>& processes) {
  return absl::StrJoin(processes, ", ", [](std::string* out, const ProcessStat& process) {
    absl::StrAppend(out, process.pid, " (", process.name, ") ", std::string(1, process.state));
  });
}

std::string Program(pid_t pid) {
  std::error_code error;
  return std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/exe"), error);
}

// A TCP socket of loopback. Several of ours may have the same port, and no stranger gets it
// meanwhile.
UniqueFd Bound(uint16_t* port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  PCHECK(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0);
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  PCHECK(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  PCHECK(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  *port = ntohs(address.sin_port);
  return fd;
}

std::unique_ptr<TestCgroup> NewCgroup(const char* hierarchy) {
  absl::StatusOr<std::unique_ptr<TestCgroup>> cgroup = TestCgroup::Create(hierarchy);
  CHECK(cgroup.ok()) << cgroup.status();
  return *std::move(cgroup);
}

}  // namespace

std::string Misbehaviour::Missing() const {
  if (freezer && !TestCgroup::MayBeMade("freezer")) return "the v1 freezer";
  if (limit_memory && !TestCgroup::MayBeMade("memory")) return "v1's memory controller";
  if (limit_processes && !TestCgroup::MayBeMade("pids")) return "v1's pids controller";
  return "";
}

MatrixCell::MatrixCell(const Misbehaviour& misbehaviour, const Way& way, const World& world,
                       absl::Duration limit)
    : misbehaviour_(misbehaviour),
      way_(way),
      world_(world),
      containment_(way.containment.empty() ? world.containment : way.containment),
      limit_(limit),
      members_(NewCgroup("unified")),
      scenario_(std::make_unique<Scenario>()) {
  if (!world_.user.empty()) scenario_->RunAs(world_.user);
  scenario_->Set("ALLEGRO_EXECUTOR_CONTAINMENT", containment_);
  scenario_->StartInside(members_.get());
  if (misbehaviour_.limit_memory) {
    memory_ = NewCgroup("memory");
    // More than the supervisor takes, under a sanitizer too.
    memory_->Write("memory.limit_in_bytes", "256M");
    scenario_->StartInside(memory_.get());
  }
  if (misbehaviour_.limit_processes) {
    processes_ = NewCgroup("pids");
    processes_->Write("pids.max", "64");
    scenario_->StartInside(processes_.get());
  }
  if (misbehaviour_.freezer) {
    freezer_ = NewCgroup("freezer");
    for (const char* file : {"/cgroup.procs", "/freezer.state"}) {
      PCHECK(chmod((freezer_->path() + file).c_str(), 0666) == 0);
    }
  }
  scenario_->Listen([this](const AgentEvent& event) { OnAgentEvent(event); });
  scenario_->launch().shutdown_grace = absl::Minutes(5);
  scenario_->launch().task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(kGrace));
}

MatrixCell::~MatrixCell() {
  // The agent's keepers, too: against a fork storm only the cgroup wins.
  if (freezer_) freezer_->KillAll();
  members_->KillAll();
  scenario_.reset();
}

bool MatrixCell::Begin() {
  if (way_.prepare != nullptr) way_.prepare(*this);
  const std::string command = Command();
  scenario_->Start(command, dev_agent::CommandIn::kTask);
  if (!AwaitReady()) return false;
  if (way_.end != nullptr) way_.end(*this);
  return true;
}

std::string MatrixCell::Finish() {
  const int code = scenario_->AwaitExecutor();
  EXPECT_TRUE(scenario_->agent().WaitFor([](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& event) { return IsTerminal(event.status.state()); });
  })) << "the framework never hears of the end";
  if (freezer_) freezer_->Write("freezer.state", "THAWED");
  const std::vector<ProcessStat> left = Settle();

  EXPECT_THAT(scenario_->ReadSandboxFile("executor-timeline.jsonl"),
              ::testing::HasSubstr(absl::StrCat("held by ", containment_)));
  const std::vector<mesos::v1::TaskStatus> updates = scenario_->agent().updates();
  const bool named = absl::StrContains(updates.back().message(), "could not be killed");
  std::string outcome = Outcome();
  if (code != 0 && code < 128) absl::StrAppend(&outcome, ", exit ", code);
  if (named) absl::StrAppend(&outcome, ", named");
  if (!left.empty()) absl::StrAppend(&outcome, ", left");
  const std::lock_guard<std::mutex> lock(mutex_);
  EXPECT_TRUE(named || living_at_the_end_.empty())
      << "alive when the task was reported ended: " << Describe(living_at_the_end_);
  return outcome;
}

std::string MatrixCell::Command() {
  std::string command = scenario_->Install("integration/testtasks/" + misbehaviour_.program);
  if (misbehaviour_.setuid) {
    PCHECK(chown(command.c_str(), 0, 0) == 0 && chmod(command.c_str(), 04755) == 0);
  }
  if (freezer_) absl::StrAppend(&command, " ", freezer_->path());
  if (!ends_by_itself_) return "exec " + command;
  const std::string door = scenario_->sandbox() + "/" + kDoor;
  PCHECK(mkfifo(door.c_str(), 0600) == 0 && chmod(door.c_str(), 0666) == 0);
  door_ = UniqueFd(open(door.c_str(), O_RDWR | O_CLOEXEC));
  PCHECK(door_.valid());
  return absl::StrCat(command, " & read -r line <", kDoor, "; exit 0");
}

bool MatrixCell::AwaitReady() {
  const auto ready = [this] {
    std::ifstream output(scenario_->sandbox() + "/stdout");
    std::string line;
    return std::getline(output, line) && line == "ready";
  };
  const auto reported = [this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reported_;
  };
  CHECK(Eventually([&] { return ready() || reported(); })) << scenario_->ReadSandboxFile("stderr");
  CHECK(scenario_->agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  const std::string own = Program(getpid());
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const pid_t pid : members_->Processes()) {
    const std::string program = Program(pid);
    const std::optional<ProcessStat> process = StatProcess(pid);
    if (process && (program == own || program == scenario_->folder() + "/mesos-executor")) {
      ours_.push_back(*process);
    }
  }
  return ready() && !reported_;
}

void MatrixCell::OnAgentEvent(const AgentEvent& event) {
  if (event.kind != AgentEvent::kUpdate || event.made_by_agent || event.repeated ||
      !IsTerminal(event.status.state())) {
    return;
  }
  const std::vector<ProcessStat> living = Living();
  const std::lock_guard<std::mutex> lock(mutex_);
  reported_ = true;
  living_at_the_end_ = living;
}

std::vector<ProcessStat> MatrixCell::Living() {
  const std::vector<pid_t> members = members_->Processes();
  const std::vector<pid_t> marked = scenario_->TaskProcesses();
  std::vector<ProcessStat> living;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto add = [&](pid_t pid, bool listed) {
    const std::optional<ProcessStat> process = StatProcess(pid);
    const bool ours = std::any_of(ours_.begin(), ours_.end(), [&](const ProcessStat& known) {
      return known.pid == pid && (!process || known.start_time == process->start_time);
    });
    if (ours) return;
    if (process && !process->dead()) {
      living.push_back(*process);
    } else if (listed) {
      // It lived a moment ago: another one may have taken its place.
      living.push_back({.pid = pid, .name = "gone", .state = 'X', .dying = true});
    }
  };
  for (const pid_t pid : members) add(pid, true);
  for (const pid_t pid : marked) {
    if (std::find(members.begin(), members.end(), pid) == members.end()) add(pid, false);
  }
  return living;
}

bool MatrixCell::OursLive() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::any_of(ours_.begin(), ours_.end(), [&](const ProcessStat& known) {
    if (absl::StartsWith(known.name, "container-")) return false;
    const std::optional<ProcessStat> process = StatProcess(known.pid);
    return process && process->start_time == known.start_time && !process->dead();
  });
}

std::vector<ProcessStat> MatrixCell::Settle() {
  std::vector<ProcessStat> living;
  const bool settled = Eventually([&] {
    // In this order: what the last of ours has killed is dying by then.
    const bool ours_live = OursLive();
    living = Living();
    if (living.empty()) return !ours_live;
    return std::any_of(living.begin(), living.end(), [&](const ProcessStat& process) {
      const bool out_of_reach = !world_.user.empty() && process.user == 0;
      return !process.dying && (!ours_live || out_of_reach);
    });
  });
  EXPECT_TRUE(settled) << "ours don't end; of the task live: " << Describe(living);
  return living;
}

std::string MatrixCell::Outcome() {
  std::vector<std::string> seen;
  for (const AgentEvent& event : scenario_->agent().events()) {
    if (event.kind != AgentEvent::kUpdate || event.repeated) continue;
    std::string text = event.made_by_agent ? "agent: " : "";
    absl::StrAppend(&text,
                    absl::StripPrefix(mesos::v1::TaskState_Name(event.status.state()), "TASK_"),
                    !event.status.has_healthy() ? ""
                    : event.status.healthy()    ? " healthy"
                                                : " unhealthy");
    seen.push_back(text);
  }
  EXPECT_EQ(seen, way_.updates) << scenario_->ReadSandboxFile("stderr");
  return seen.back();
}

void MatrixCell::EndByItself() { PCHECK(write(door_.get(), "\n", 1) == 1); }

pid_t MatrixCell::supervisor() { return scenario_->agent().executor_pid(); }

pid_t MatrixCell::shim() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto shim = std::find_if(
      ours_.begin(), ours_.end(),
      [supervisor = supervisor()](const ProcessStat& known) { return known.parent == supervisor; });
  CHECK(shim != ours_.end());
  return shim->pid;
}

uint16_t MatrixCell::ListeningPort() {
  uint16_t port = 0;
  port_holder_ = Bound(&port);
  listener_ = Bound(&port);
  PCHECK(listen(listener_.get(), SOMAXCONN) == 0);
  return port;
}

void MatrixCell::Refuse() { listener_.Reset(); }

void MatrixCell::Stop(pid_t pid) {
  PCHECK(kill(pid, SIGSTOP) == 0);
  CHECK(Eventually([pid] {
    const std::optional<ProcessStat> process = StatProcess(pid);
    return process && process->state == 'T';
  }));
}

}  // namespace mesos_executor
