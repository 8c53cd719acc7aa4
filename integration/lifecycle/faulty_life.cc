#include "integration/lifecycle/faulty_life.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "supervisor/lifecycle/phase_round.h"

namespace mesos_executor::lifecycle {
namespace {

using dev_agent::AgentEvent;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kNever = absl::Hours(1);
// A wait that the table has.
constexpr absl::Duration kShort = absl::Milliseconds(50);
// A flood is 240 MB.
#ifdef __SANITIZE_ADDRESS__
constexpr int64_t kMostKib = INT64_MAX;  // What was freed is kept for a while.
#else
constexpr int64_t kMostKib = 64 << 10;
#endif

// A TCP socket of loopback at this port, or at a free one.
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

// Anybody may read it, also of a process that isn't dumpable (proc(5)).
int64_t PeakKib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  int64_t kib = 0;
  for (std::string word; status >> word;) {
    if (word == "VmHWM:" && status >> kib) break;
  }
  return kib;
}

v1::Phase PhaseBefore(v1::Phase phase) {
  switch (phase) {
    case v1::BEFORE_START:
      return v1::PHASE_UNSPECIFIED;
    case v1::STARTED:
      return v1::BEFORE_START;
    case v1::UNHEALTHY:
      return v1::HEALTHY;
    case v1::TERMINATED:
      return v1::BEFORE_TERMINATE;
    default:
      return v1::STARTED;
  }
}

}  // namespace

FaultyLife::FaultyLife(Fault fault, const Column& column, std::string cell)
    : fault_(fault), column_(column), cell_(std::move(cell)), before_(PhaseBefore(column.phase)) {
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "broken");
  const char* const policies[] = {"best-effort", "required", "required-healthy"};
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_BROKEN_POLICY",
                policies[static_cast<int>(column_.policy)]);
  Deadlines();
  // Root may open any socket.
  if (fault_ == Fault::kForbidden && geteuid() == 0) scenario_.RunAs("nobody");
  if (HasCheck()) {
    port_holder_ = Bound(&port_);
    auto* check = scenario_.launch().task.mutable_health_check();
    check->set_type(mesos::v1::HealthCheck::TCP);
    check->mutable_tcp()->set_port(port_);
    check->set_delay_seconds(0);
    check->set_interval_seconds(0.05);
    check->set_grace_period_seconds(3600);
    check->set_consecutive_failures(1'000'000);
  }
  if (fault_ != Fault::kAbsent && column_.mode == Mode::kHost) {
    sidecar_ = std::make_unique<FaultySidecar>(fault_, before_, column_.phase);
    sidecar_->ServeAt(scenario_.folder() + "/broken.sock");
  } else if (fault_ != Fault::kAbsent) {
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_BROKEN_COMMAND",
                  absl::StrCat(DataPath("integration/lifecycle/faulty_private"), " ",
                               static_cast<int>(fault_), " ", static_cast<int>(before_), " ",
                               static_cast<int>(column_.phase)));
  }
  scenario_.Listen([this](const AgentEvent& event) {
    if (event.kind == AgentEvent::kExecutorStarted) supervisor_ = event.pid;
    if (event.kind == AgentEvent::kUpdate && supervisor_ != 0) {
      peak_kib_ = std::max<int64_t>(peak_kib_, PeakKib(supervisor_));
    }
  });
}

void FaultyLife::Deadlines() {
  for (const auto& [name, phase] :
       {std::pair("BEFORE_START", v1::BEFORE_START), std::pair("HEALTHY", v1::HEALTHY),
        std::pair("BEFORE_TERMINATE", v1::BEFORE_TERMINATE)}) {
    // The sidecar may be in its fault still when the test ends the task.
    const bool at_the_end = phase == v1::BEFORE_TERMINATE && column_.phase != v1::BEFORE_TERMINATE;
    const bool is_short = at_the_end || (phase == column_.phase && Cell("deadline"));
    scenario_.Set(absl::StrCat("ALLEGRO_EXECUTOR_SIDECAR_BROKEN_DEADLINE_", name),
                  absl::FormatDuration(is_short ? kShort : kNever));
  }
}

bool FaultyLife::Cell(const char* word) const { return absl::StrContains(cell_, word); }

void FaultyLife::Start() { scenario_.Start("exec sleep 3600", dev_agent::CommandIn::kTask); }

void FaultyLife::Finish() {
  ReachPhase();
  if (Cell("FAILED")) {
    EXPECT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_FAILED)) << Log();
  } else {
    AwaitEndOfPhase();
    scenario_.agent().Kill(kNever);
  }
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  const std::vector<std::string> states = scenario_.States();
  ASSERT_FALSE(states.empty());
  if (Cell("FAILED")) {
    EXPECT_THAT(states.back(), StartsWith("TASK_FAILED")) << Log();
    EXPECT_THAT(states.back(), HasSubstr("required sidecar broken ")) << Log();
  } else {
    EXPECT_THAT(states.back(), StartsWith("TASK_KILLED")) << Log();
  }
  if (column_.phase == v1::BEFORE_TERMINATE && fault_ != Fault::kAbsent) AwaitEndOfPhase();
  EXPECT_GT(peak_kib_, 0);
  EXPECT_LT(peak_kib_, kMostKib) << "the supervisor keeps what the sidecar sends";
}

void FaultyLife::ReachPhase() {
  // Of an absent one it fails before.
  if (Cell("FAILED") && (fault_ == Fault::kAbsent || column_.phase == v1::BEFORE_START)) return;
  EXPECT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING)) << Log();
  const auto listen_now = [this] {
    listener_ = Bound(&port_);
    PCHECK(listen(listener_.get(), SOMAXCONN) == 0);
  };
  const auto await_fault = [this] {
    if (sidecar_ == nullptr || !OfConnection(fault_)) return;
    EXPECT_TRUE(Eventually([this] { return sidecar_->struck(); })) << Log();
  };
  // One that couldn't attach in time would be down, which is another row of the table.
  if (sidecar_ != nullptr && !OfConnection(fault_) && column_.phase >= v1::HEALTHY) {
    EXPECT_TRUE(Eventually([this] {
      return absl::StrContains(scenario_.ReadSandboxFile("executor-timeline.jsonl"),
                               "\"name\":\"attached\"");
    })) << Log();
  }
  if (column_.phase == v1::HEALTHY) {
    await_fault();
    listen_now();
  } else if (column_.phase == v1::UNHEALTHY) {
    listen_now();
    AwaitHealth(true);
    await_fault();
    listener_.Reset();
    AwaitHealth(false);
  } else if (column_.phase == v1::BEFORE_TERMINATE) {
    await_fault();
  }
}

void FaultyLife::AwaitEndOfPhase() {
  const v1::Phase phase = column_.phase;
  if (phase == v1::HEALTHY) AwaitHealth(true);
  // An absent one has no part in any phase; for the others nothing waits.
  const bool waited = phase == v1::BEFORE_START || phase == v1::HEALTHY ||
                      (phase == v1::BEFORE_TERMINATE && !scenario_.States().empty() &&
                       absl::StartsWith(scenario_.States().back(), "TASK_KILLED"));
  if (fault_ == Fault::kAbsent || !waited) return;
  EXPECT_TRUE(Eventually([&] { return HasOutcome(phase); })) << Log();
  EXPECT_EQ(HasOutcome(phase, "timed-out"), Cell("deadline")) << Log();
}

void FaultyLife::AwaitHealth(bool healthy) {
  EXPECT_TRUE(scenario_.agent().WaitFor([&](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(), [&](const AgentEvent& event) {
      return event.kind == AgentEvent::kUpdate && event.status.has_healthy() &&
             event.status.healthy() == healthy;
    });
  })) << Log();
}

bool FaultyLife::HasOutcome(v1::Phase phase, const std::string& outcome) const {
  return absl::StrContains(scenario_.ReadSandboxFile("executor-timeline.jsonl"),
                           absl::StrCat("\"name\":\"", std::string(PhaseName(phase)),
                                        "\",\"sidecar\":\"broken\",\"outcome\":\"", outcome));
}

std::string FaultyLife::Log() const {
  return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                      scenario_.ReadSandboxFile("executor-timeline.jsonl"));
}

}  // namespace mesos_executor::lifecycle
