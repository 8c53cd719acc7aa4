// A supervisor that does one thing wrong, for a test: `faulty_supervisor SOCKET FAULT`. Its task
// was HEALTHY before, and done for, where the fault doesn't say otherwise. Writes "ended CODE"
// where the sidecar ends its stream, or else "ready"; then lives on until it is killed.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "integration/lifecycle/test_task.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/scripted_supervisor.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::lifecycle {
namespace {

using sidecar::ScriptedSupervisor;

constexpr int64_t kNoWait = 0;
constexpr int64_t kLongWait = 3600;
constexpr uid_t kNobody = 65534;

class Supervisor {
 public:
  explicit Supervisor(const std::string& socket)
      : Supervisor(ScriptedSupervisor::Connect(socket)) {}

  ScriptedSupervisor& stream() { return stream_; }
  // The connection's, which belongs to gRPC.
  int fd() const { return fd_; }

  bool SendAttach(uint32_t protocol_max = 1) {
    v1::SupervisorMessage message;
    v1::Attach& attach = *message.mutable_attach();
    attach.set_protocol_min(1);
    attach.set_protocol_max(protocol_max);
    attach.set_incarnation("incarnation");
    *attach.mutable_task() = TestTask(0);
    return stream_.Send(message);
  }
  bool SendState(v1::Phase phase = v1::PHASE_UNSPECIFIED) {
    v1::SupervisorMessage message;
    message.mutable_state()->set_phase(phase);
    return stream_.Send(message);
  }
  // The sidecar has accepted the task.
  bool Attach() { return SendAttach() && SendState() && stream_.Read().has_value(); }
  // It has answered.
  bool Tell(v1::Phase phase) {
    return stream_.Event(++seq_, phase, kLongWait) && stream_.Read().has_value();
  }
  bool AttachHealthy() { return Attach() && Tell(v1::HEALTHY); }

 private:
  explicit Supervisor(UniqueFd connection)
      : fd_(connection.get()), stream_(std::move(connection)) {}

  const int fd_;
  ScriptedSupervisor stream_;
  uint64_t seq_ = 0;
};

std::string Ended(Supervisor& supervisor) {
  return absl::StrCat("ended ", static_cast<int>(supervisor.stream().End()));
}

std::string Ready(bool well) { return well ? "ready" : "the sidecar hung up"; }

// Keeps what it names alive.
using Fault = std::function<std::string(Supervisor& supervisor, const std::string& socket)>;

Fault DiesAt(v1::Phase phase) {
  return [phase](Supervisor& supervisor, const std::string&) {
    bool well = supervisor.Attach();
    for (const v1::Phase before :
         {v1::BEFORE_START, v1::STARTED, v1::HEALTHY, v1::UNHEALTHY, v1::BEFORE_TERMINATE}) {
      if (before <= phase) well = well && supervisor.Tell(before);
    }
    return Ready(well);
  };
}

std::map<std::string, Fault> Faults() {
  std::map<std::string, Fault> faults;
  for (const auto& [name, phase] :
       {std::pair("dies-attached", v1::PHASE_UNSPECIFIED),
        std::pair("dies-starting", v1::BEFORE_START), std::pair("dies-started", v1::STARTED),
        std::pair("dies-healthy", v1::HEALTHY), std::pair("dies-unhealthy", v1::UNHEALTHY),
        std::pair("dies-terminating", v1::BEFORE_TERMINATE)}) {
    faults[name] = DiesAt(phase);
  }
  // Nobody waits for the work that it has just asked for.
  faults["dies-at-once"] = [](Supervisor& s, const std::string&) {
    return Ready(s.Attach() && s.stream().Event(1, v1::HEALTHY, kNoWait));
  };
  faults["says-nothing"] = [](Supervisor&, const std::string&) { return Ready(true); };
  faults["attaches-late"] = [](Supervisor& s, const std::string&) { return Ended(s); };
  faults["attaches-and-no-state"] = [](Supervisor& s, const std::string&) {
    return Ready(s.SendAttach() && s.stream().Read().has_value());
  };
  faults["attaches-twice"] = [](Supervisor& s, const std::string&) {
    return s.AttachHealthy() && s.SendAttach() ? Ended(s) : "refused";
  };
  faults["two-streams"] = [](Supervisor& s, const std::string& socket) {
    static Supervisor* newer = nullptr;
    const bool well = s.AttachHealthy() && (newer = new Supervisor(socket))->Attach();
    return well ? Ended(s) : "refused";
  };
  faults["event-first"] = [](Supervisor& s, const std::string&) {
    s.stream().Event(1, v1::HEALTHY, kNoWait);
    return Ended(s);
  };
  faults["goodbye-first"] = [](Supervisor& s, const std::string&) {
    s.stream().Goodbye();
    return Ended(s);
  };
  faults["number-goes-back"] = [](Supervisor& s, const std::string&) {
    return s.AttachHealthy() && s.stream().Event(1, v1::UNHEALTHY, kNoWait) ? Ended(s) : "refused";
  };
  faults["phase-goes-back"] = [](Supervisor& s, const std::string&) {
    return s.AttachHealthy() && s.stream().Event(2, v1::STARTED, kNoWait) ? Ended(s) : "refused";
  };
  faults["unknown-phase"] = [](Supervisor& s, const std::string&) {
    return s.AttachHealthy() && s.stream().Event(2, static_cast<v1::Phase>(77), kNoWait)
               ? Ended(s)
               : "refused";
  };
  faults["other-versions"] = [](Supervisor& s, const std::string&) {
    v1::SupervisorMessage message;
    message.mutable_attach()->set_protocol_min(77);
    message.mutable_attach()->set_protocol_max(78);
    message.mutable_attach()->set_incarnation("incarnation");
    *message.mutable_attach()->mutable_task() = TestTask(0);
    s.stream().Send(message);
    return Ended(s);
  };
  // To it the sidecar is the one that speaks N-1.
  faults["newer-versions-too"] = [](Supervisor& s, const std::string&) {
    if (!s.SendAttach(/*protocol_max=*/78) || !s.SendState()) return Ready(false);
    const auto attached = s.stream().Read();
    return Ready(attached.has_value() && attached->attached().protocol() == 1);
  };
  faults["id-too-long"] = [](Supervisor& s, const std::string&) {
    v1::SupervisorMessage message;
    message.mutable_attach()->set_protocol_min(1);
    message.mutable_attach()->set_protocol_max(1);
    message.mutable_attach()->set_incarnation("incarnation");
    *message.mutable_attach()->mutable_task() = TestTask(0);
    message.mutable_attach()->mutable_task()->set_task_id(std::string(256, 'x'));
    s.stream().Send(message);
    return Ended(s);
  };
  faults["message-too-long"] = [](Supervisor& s, const std::string&) {
    v1::SupervisorMessage message;
    message.mutable_attach()->set_incarnation(std::string(1 << 20, 'x'));
    s.stream().Send(message);
    return Ended(s);
  };
  // Asks, and never reads an answer.
  faults["never-reads"] = [](Supervisor& s, const std::string&) {
    if (!s.Attach()) return std::string("refused");
    for (uint64_t seq = 1; seq <= 20'000; ++seq) {
      const v1::Phase phase = seq % 2 == 0 ? v1::UNHEALTHY : v1::HEALTHY;
      if (!s.stream().Event(seq, phase, kLongWait)) break;
    }
    return std::string("ready");
  };
  faults["half-closes"] = [](Supervisor& s, const std::string&) {
    return Ready(s.AttachHealthy() && shutdown(s.fd(), SHUT_WR) == 0);
  };
  faults["cuts-its-connection"] = [](Supervisor& s, const std::string&) {
    return Ready(s.AttachHealthy() && shutdown(s.fd(), SHUT_RDWR) == 0);
  };
  faults["stops-in-a-message"] = [](Supervisor& s, const std::string&) {
    // The head of a DATA frame of 16,384 bytes on stream 1 (RFC 9113, 4.1), and no more.
    const char frame[] = "\x00\x40\x00\x00\x00\x00\x00\x00\x01";
    return Ready(s.AttachHealthy() && send(s.fd(), frame, 9, MSG_NOSIGNAL) == 9);
  };
  faults["garbage-in-the-midst"] = [](Supervisor& s, const std::string&) {
    const std::string garbage(100, '\xff');
    return Ready(s.AttachHealthy() && send(s.fd(), garbage.data(), 100, MSG_NOSIGNAL) == 100);
  };
  faults["another-user"] = [](Supervisor& s, const std::string& socket) {
    if (!s.AttachHealthy() || setuid(kNobody) != 0) return std::string("refused");
    Supervisor other(socket);
    other.SendAttach();
    return Ended(other);
  };
  return faults;
}

}  // namespace
}  // namespace mesos_executor::lifecycle

int main(int argc, char** argv) {
  using namespace mesos_executor::lifecycle;
  if (argc != 3) return 2;
  // Its starter may be killed, and nobody else looks for it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto faults = Faults();
  const auto fault = faults.find(argv[2]);
  if (fault == faults.end()) return 2;
  Supervisor supervisor(argv[1]);
  std::cout << fault->second(supervisor, argv[1]) << std::endl;
  pause();
}
