#include "supervisor/lifecycle/phase_round.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mesos_executor::lifecycle {
namespace {

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace

Outcome OutcomeOf(const v1::Answer& answer) {
  switch (answer.outcome()) {
    case v1::Answer::OK:
      return Outcome::kOk;
    case v1::Answer::PENDING:
      return Outcome::kPending;
    default:
      return Outcome::kFailed;
  }
}

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kPending:
      return "pending";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kTimedOut:
      return "timed-out";
    case Outcome::kDown:
      return "down";
    case Outcome::kAbsent:
      return "absent";
  }
  return "unknown";
}

absl::string_view PhaseName(v1::Phase phase) {
  switch (phase) {
    case v1::BEFORE_START:
      return "before-start";
    case v1::STARTED:
      return "started";
    case v1::HEALTHY:
      return "healthy";
    case v1::UNHEALTHY:
      return "unhealthy";
    case v1::BEFORE_TERMINATE:
      return "before-terminate";
    case v1::TERMINATED:
      return "terminated";
    default:
      return "unspecified";
  }
}

PhaseRound::PhaseRound(v1::Phase phase, std::vector<Participant> participants, absl::Duration cap,
                       absl::Time now)
    : phase_(phase), cap_(std::max(cap, absl::ZeroDuration())), began_(now) {
  for (Participant& participant : participants) {
    participant.deadline = std::min(participant.deadline, cap_);
    parts_.emplace_back().participant = std::move(participant);
  }
}

void PhaseRound::OnAnswer(size_t sidecar, const v1::Answer& answer, absl::Time now) {
  Part& part = parts_[sidecar];
  if (part.outcome.has_value()) return;
  if (answer.outcome() == v1::Answer::PENDING && part.participant.required) {
    part.message = absl::StrCat("still pending: ", answer.message());
    return;
  }
  const Outcome outcome = OutcomeOf(answer);
  if (outcome != Outcome::kFailed) {
    for (const v1::EnvironmentVariable& variable : answer.environment()) {
      part.environment.emplace_back(variable.name(), variable.value());
    }
  }
  part.hold = FromProto(answer.hold());
  End(part, outcome, answer.message(), now);
}

void PhaseRound::OnDown(size_t sidecar, const std::string& why, absl::Time now) {
  Part& part = parts_[sidecar];
  if (part.outcome.has_value()) return;
  if (part.participant.required) {
    part.message = why;
  } else {
    End(part, Outcome::kDown, why, now);
  }
}

void PhaseRound::OnAbsent(size_t sidecar, const std::string& why, absl::Time now) {
  if (!parts_[sidecar].outcome.has_value()) End(parts_[sidecar], Outcome::kAbsent, why, now);
}

void PhaseRound::OnTime(absl::Time now) {
  for (Part& part : parts_) {
    if (part.outcome.has_value() || began_ + part.participant.deadline > now) continue;
    End(part, Outcome::kTimedOut,
        absl::StrCat("no answer within ", absl::FormatDuration(part.participant.deadline),
                     part.message.empty() ? "" : "; ", part.message),
        now);
  }
}

void PhaseRound::End(Part& part, Outcome outcome, std::string message, absl::Time now) {
  part.outcome = outcome;
  part.message = std::move(message);
  part.took = now - began_;
}

bool PhaseRound::Fatal(const Part& part) {
  return part.participant.required && part.outcome.has_value() && *part.outcome != Outcome::kOk;
}

std::optional<absl::Time> PhaseRound::next_deadline() const {
  std::optional<absl::Duration> next;
  for (const Part& part : parts_) {
    if (Fatal(part)) return std::nullopt;
    if (part.outcome.has_value()) continue;
    next = std::min(next.value_or(absl::InfiniteDuration()), part.participant.deadline);
  }
  if (!next.has_value()) return std::nullopt;
  return began_ + *next;
}

PhaseResult PhaseRound::Result(absl::Time now) const {
  PhaseResult result;
  for (const Part& part : parts_) {
    if (!part.outcome.has_value()) continue;
    const std::string& name = part.participant.name;
    result.outcomes.push_back({name, *part.outcome, part.took, part.message});
    if (Fatal(part) && result.status.ok()) {
      result.status = absl::FailedPreconditionError(
          absl::StrCat("required sidecar ", name, " ", OutcomeName(*part.outcome), " at ",
                       PhaseName(phase_), ": ", part.message));
    }
    result.environment.insert(result.environment.end(), part.environment.begin(),
                              part.environment.end());
    result.hold = std::max(result.hold, part.hold);
  }
  const absl::Duration left = std::max(cap_ - (now - began_), absl::ZeroDuration());
  result.hold = std::min(result.hold, left);
  return result;
}

}  // namespace mesos_executor::lifecycle
