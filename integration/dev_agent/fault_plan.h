// What goes wrong at an agent, and when: a list that a test writes, that a seed generates, or that
// people write on a command line, one fault a word or two ("update#2 answer=503").
#ifndef INTEGRATION_DEV_AGENT_FAULT_PLAN_H_
#define INTEGRATION_DEV_AGENT_FAULT_PLAN_H_

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::dev_agent {

// When a fault strikes.
struct Trigger {
  enum class Kind {
    kConnect,  // A connection is accepted.
    // A call comes: of this type, or of any.
    kSubscribe,
    kUpdate,
    kMessage,
    kHeartbeat,
    kCall,
    kTime,  // This long after the launch.
  };
  Kind kind = Kind::kCall;
  // Which of them, counted from 1 at the moment at which the agent gets the plan; both included.
  int first = 1;
  int last = 1;
  // The call is taken first, and its answer (and acknowledgement) then meets the fault.
  bool after = false;
  absl::Duration time;

  bool operator==(const Trigger&) const = default;
};

// Faults of one call's answer.

// The call is not taken, and answered so; without a text, with the one that a real agent has for
// this code.
struct AnswerInstead {
  int code = 503;
  std::string text;
  bool operator==(const AnswerInstead&) const = default;
};
// The call is not taken and never answered; its connection stays.
struct IgnoreCall {
  bool operator==(const IgnoreCall&) const = default;
};
// The call is taken at once; its answer (a stream's events too) begins so much later.
struct DelayAnswer {
  absl::Duration by;
  bool operator==(const DelayAnswer&) const = default;
};
// The call is taken, but only so many bytes of its answer are sent, counted from the first of
// "HTTP/1.1" and across all events of a stream; then the connection is closed, or reset.
struct CutAnswer {
  size_t bytes = 0;
  bool reset = false;
  bool operator==(const CutAnswer&) const = default;
};

// Faults of the whole agent.

// Connections are accepted and read, but nothing is answered or sent; afterwards all is done that
// has waited. With `stop_reading` as an agent under SIGSTOP: nothing is accepted or read either.
struct Freeze {
  absl::Duration time;
  bool stop_reading = false;
  bool operator==(const Freeze&) const = default;
};
// The stream's connection is closed without a last chunk.
struct BreakStream {
  bool operator==(const BreakStream&) const = default;
};
// A killed agent comes back. The times are those of a Mesos 1.11 agent with its default flags, but
// for `down`, which is the operator's.
struct Restart {
  // All connections have ended abruptly, and new ones are refused.
  absl::Duration down = absl::Seconds(1);
  // Then every request is answered 404,
  absl::Duration no_routes = absl::Milliseconds(15);
  // and then 503. A framework that doesn't checkpoint is unknown from then on.
  absl::Duration unrecovered = absl::Milliseconds(20);
  // Then SUBSCRIBE is taken; other calls are answered 503 for so long,
  absl::Duration recovery = absl::Seconds(2);
  // and after so long an executor that has not subscribed is destroyed. In a real agent the two are
  // one; a test may want the first short, and the second long enough for any machine.
  absl::Duration window = absl::Seconds(2);
  // What a checkpointing framework's agent has forgotten when it is back (it got a new id).
  enum class Forgets { kNothing, kFramework, kExecutor };
  Forgets forgets = Forgets::kNothing;
  bool operator==(const Restart&) const = default;
};

using Effect =
    std::variant<AnswerInstead, IgnoreCall, DelayAnswer, CutAnswer, Freeze, BreakStream, Restart>;

struct Fault {
  Trigger trigger;
  Effect effect;
  bool operator==(const Fault&) const = default;
};

// Where several faults strike at once, all do, in this order; of those of one answer, the first
// AnswerInstead or IgnoreCall.
using FaultPlan = std::vector<Fault>;

// One fault, written as "WHEN WHAT" (see kFaultHelp). InvalidArgument says what was expected.
absl::StatusOr<Fault> ParseFault(absl::string_view text);

// As ParseFault reads it.
std::string FaultText(const Fault& fault);
// One fault a line.
std::string FaultPlanText(const FaultPlan& plan);

// The spelling, for people.
extern const char kFaultHelp[];

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_FAULT_PLAN_H_
