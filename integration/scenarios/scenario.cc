#include "integration/scenarios/scenario.h"

#include <glog/logging.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/free_port/free_port.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// By their folders in /proc.
std::vector<pid_t> ProcessesThat(const std::function<bool(const fs::path& process)>& fit) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    if (fit(entry.path())) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::string DataPath(absl::string_view place) {
  const char* const runfiles = getenv("TEST_SRCDIR");
  CHECK(runfiles != nullptr) << "run this test by Bazel";
  return absl::StrCat(runfiles, "/", getenv("TEST_WORKSPACE"), "/", place);
}

std::vector<pid_t> ProcessesWith(const std::string& variable) {
  // Each variable ends with a zero byte; the first one has none before it.
  const std::string zero(1, '\0');
  return ProcessesThat([&](const fs::path& process) {
    return absl::StrContains(zero + ReadFile(process / "environ"), zero + variable + zero);
  });
}

std::vector<pid_t> ChildrenRunning(pid_t parent, absl::string_view name) {
  // "PID (NAME) STATE PPID ...", proc(5), with the first 15 bytes of the program's file name.
  const std::string named = absl::StrCat("(", name.substr(0, 15), ") ");
  const std::string of_parent = absl::StrCat(" ", parent, " ");
  return ProcessesThat([&](const fs::path& process) {
    const std::string stat = ReadFile(process / "stat");
    const size_t state = stat.find(named) + named.size();
    return stat.find(named) != stat.npos && stat[state] != 'Z' && stat[state] != 'X' &&
           stat.compare(state + 1, of_parent.size(), of_parent) == 0;
  });
}

bool AwaitExit(pid_t pid) {
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return errno == ESRCH;
  pollfd end = {.fd = process.get(), .events = POLLIN};
  return poll(&end, 1, 60'000) == 1;
}

Scenario::Scenario(const std::vector<std::string>& sidecars, dev_agent::AgentOptions options) {
  // Short: a Unix socket's path has at most 107 bytes.
  std::string folder = "/tmp/scenario.XXXXXX";
  PCHECK(mkdtemp(folder.data()) != nullptr);
  folder_ = folder;
  sandbox_ = folder_ + "/sandbox";
  fs::create_directory(sandbox_);
  fs::copy_file(DataPath("supervisor/mesos-executor"), folder_ + "/mesos-executor");
  for (const std::string& place : sidecars) {
    fs::copy_file(DataPath(place), folder_ + "/" + fs::path(place).filename().string());
  }
  mark_ = absl::StrCat("SCENARIO_MARK=", fs::path(folder_).filename().string(), ".", getpid());

  launch_ = dev_agent::NewLaunch("scenario", sandbox_);
  launch_.container_destroy = false;
  Set("SCENARIO_MARK", mark_.substr(mark_.find('=') + 1));
  // No daemon of the host has a part in this.
  Set("ALLEGRO_EXECUTOR_SIDECAR_DIR", folder_);
  auto agent =
      dev_agent::DevAgent::Start(std::move(options), [this](const dev_agent::AgentEvent& event) {
        if (listener_) listener_(event);
      });
  CHECK(agent.ok()) << agent.status();
  agent_ = *std::move(agent);
}

Scenario::~Scenario() {
  agent_->DestroyContainer();
  agent_.reset();
  for (const pid_t pid : ProcessesWith(mark_)) kill(pid, SIGKILL);
  // What was just killed may still write a file.
  std::error_code error;
  for (int i = 0; i < 100 && fs::exists(folder_, error); ++i) fs::remove_all(folder_, error);
  LOG_IF(WARNING, fs::exists(folder_, error)) << "not all of " << folder_ << " could be removed";
}

void Scenario::RunAs(const std::string& user) {
  launch_.user = user;
  const passwd* const entry = getpwnam(user.c_str());
  CHECK(entry != nullptr) << user;
  // As an agent leaves what it has fetched for the task's user.
  fs::permissions(folder_, fs::perms(0755));
  PCHECK(chown((folder_ + "/mesos-executor").c_str(), entry->pw_uid, entry->pw_gid) == 0);
}

std::string Scenario::Install(absl::string_view place) {
  const std::string path = folder_ + "/" + fs::path(std::string(place)).filename().string();
  fs::copy_file(DataPath(place), path);
  return path;
}

void Scenario::Set(absl::string_view name, absl::string_view value) {
  dev_agent::SetVariable(name, value, &launch_);
}

void Scenario::Label(absl::string_view key, absl::string_view value) {
  auto* label = launch_.task.mutable_labels()->add_labels();
  label->set_key(std::string(key));
  label->set_value(std::string(value));
}

void Scenario::RunHttpService(absl::string_view flags) {
  const absl::StatusOr<uint16_t> port = FreePort();
  CHECK(port.ok()) << port.status();
  port_ = *port;
  dev_agent::SetPorts({{.number = port_, .name = "http"}}, &launch_);
  auto* check = launch_.task.mutable_health_check();
  check->set_type(mesos::v1::HealthCheck::HTTP);
  check->mutable_http()->set_port(port_);
  check->mutable_http()->set_path("/health");
  check->set_delay_seconds(0);
  check->set_interval_seconds(0.1);
  // The service may need a moment to listen.
  check->set_grace_period_seconds(60);
  command_ = absl::StrCat("exec ", DataPath("integration/testtasks/http_service/http_service"), " ",
                          flags);
}

void Scenario::Start(absl::string_view command, dev_agent::CommandIn where) {
  dev_agent::SetCommand(folder_ + "/mesos-executor", command, where, &launch_);
  std::deque<TestCgroup::Inside> inside;
  for (TestCgroup* cgroup : cgroups_) inside.emplace_back(*cgroup);
  const absl::Status started = agent_->Launch(launch_);
  CHECK(started.ok()) << started;
  // Until then it is our child's child that is inside.
  CHECK(agent_->WaitFor(dev_agent::AgentEvent::kExecutorStarted));
}

std::vector<std::string> Scenario::States() const {
  std::vector<std::string> lines;
  for (const mesos::v1::TaskStatus& status : agent_->updates()) {
    std::string line = mesos::v1::TaskState_Name(status.state());
    if (status.has_healthy()) line += status.healthy() ? " healthy" : " unhealthy";
    if (!status.message().empty()) absl::StrAppend(&line, ": ", status.message());
    lines.push_back(line);
  }
  return lines;
}

int Scenario::AwaitExecutor() {
  CHECK(agent_->WaitFor(dev_agent::AgentEvent::kExecutorExited))
      << "the executor doesn't leave; its log:\n"
      << ReadSandboxFile("stderr") << "\nits timeline:\n"
      << ReadSandboxFile("executor-timeline.jsonl");
  const int status = *agent_->executor_wait_status();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> Scenario::TaskProcesses() const {
  std::vector<pid_t> processes;
  for (const pid_t pid : ProcessesWith(mark_)) {
    // The supervisor and its shim run another program than the task.
    std::error_code error;
    const std::string name =
        fs::read_symlink(absl::StrCat("/proc/", pid, "/exe"), error).filename();
    if (!error && !absl::StartsWith(name, "mesos-executor")) processes.push_back(pid);
  }
  return processes;
}

std::string Scenario::ReadSandboxFile(absl::string_view name) const {
  return ReadFile(absl::StrCat(sandbox_, "/", name));
}

}  // namespace mesos_executor
