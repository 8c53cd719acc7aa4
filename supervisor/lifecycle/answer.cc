#include "supervisor/lifecycle/answer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "supervisor/lifecycle/utf8.h"

namespace mesos_executor::lifecycle {
namespace {

bool IsVariableName(absl::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// Why the answer's environment can't be used, or "".
std::string EnvironmentFault(const v1::Answer& answer) {
  if (answer.environment_size() > kMaxVariables) {
    return absl::StrCat(answer.environment_size(), " environment variables, at most ",
                        kMaxVariables, " are allowed");
  }
  size_t bytes = 0;
  for (const v1::EnvironmentVariable& variable : answer.environment()) {
    if (!IsVariableName(variable.name())) {
      return absl::StrCat("\"", absl::CHexEscape(variable.name().substr(0, 100)),
                          "\" is not a name of letters, digits and underscores");
    }
    if (variable.value().find('\0') != std::string::npos) {
      return absl::StrCat("the value of ", variable.name().substr(0, 100), " holds a zero byte");
    }
    bytes += variable.name().size() + variable.value().size() +
             2;  // As in an environment block: "=" and the zero.
  }
  if (bytes <= kMaxEnvironmentBytes) return "";
  return absl::StrCat(bytes, " bytes of environment, at most ", kMaxEnvironmentBytes,
                      " are allowed");
}

std::string Fault(const v1::Answer& answer, v1::Phase phase) {
  if (answer.outcome() == v1::Answer::OUTCOME_UNSPECIFIED ||
      !v1::Answer::Outcome_IsValid(answer.outcome())) {
    return absl::StrCat("outcome ", static_cast<int>(answer.outcome()), " is unknown");
  }
  const google::protobuf::Duration& hold = answer.hold();
  if (phase == v1::BEFORE_TERMINATE &&
      (hold.seconds() < 0 || hold.nanos() < 0 || hold.nanos() > 999'999'999)) {
    return "hold is not a duration from now on";
  }
  return phase == v1::BEFORE_START ? EnvironmentFault(answer) : "";
}

}  // namespace

v1::Answer CheckAnswer(v1::Answer answer, v1::Phase phase) {
  if (const std::string fault = Fault(answer, phase); !fault.empty()) {
    v1::Answer refused;
    refused.set_seq(answer.seq());
    refused.set_outcome(v1::Answer::FAILED);
    refused.set_message(absl::StrCat("the sidecar's answer breaks the contract: ", fault));
    return refused;
  }
  if (phase != v1::BEFORE_START) answer.clear_environment();
  if (phase != v1::BEFORE_TERMINATE) answer.clear_hold();
  if (answer.message().size() > kMaxAnswerMessage) {
    std::string cut = answer.message().substr(0, kMaxAnswerMessage);
    // Not in the middle of a character.
    while (!cut.empty() && ToUtf8(cut) != cut) cut.pop_back();
    answer.set_message(std::move(cut));
  }
  return answer;
}

}  // namespace mesos_executor::lifecycle
