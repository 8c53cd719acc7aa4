#include "integration/dev_agent/fault_plan.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::dev_agent {
namespace {

constexpr struct {
  Trigger::Kind kind;
  const char* name;
} kTriggers[] = {
    {Trigger::Kind::kConnect, "connect"}, {Trigger::Kind::kSubscribe, "subscribe"},
    {Trigger::Kind::kUpdate, "update"},   {Trigger::Kind::kMessage, "message"},
    {Trigger::Kind::kCall, "call"},       {Trigger::Kind::kHeartbeat, "heartbeat"},
};

constexpr struct {
  absl::Duration Restart::*time;
  const char* name;
} kRestartTimes[] = {
    {&Restart::down, "down"},         {&Restart::no_routes, "404"}, {&Restart::unrecovered, "503"},
    {&Restart::recovery, "recovery"}, {&Restart::window, "window"},
};

const char* RestartName(Restart::Forgets forgets) {
  switch (forgets) {
    case Restart::Forgets::kNothing:
      return "restart";
    case Restart::Forgets::kFramework:
      return "forget-framework";
    case Restart::Forgets::kExecutor:
      return "forget-executor";
  }
  return "restart";
}

// As ParseDuration reads it.
std::string TimeText(absl::Duration time) { return absl::FormatDuration(time); }

absl::Status Wrong(absl::string_view what, absl::string_view text, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("fault", what, " '", text, "': expected ", expected));
}

bool ReadNumber(absl::string_view text, int least, int* number) {
  return absl::SimpleAtoi(text, number) && *number >= least;
}

absl::StatusOr<Trigger> ParseTrigger(absl::string_view text) {
  const absl::Status wrong =
      Wrong("'s WHEN", text,
            "connect, subscribe, update, message, heartbeat or call, with #N, #N-M or #N+ behind "
            "it if it isn't the first; or at=DURATION");
  Trigger trigger;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "at=")) {
    trigger.kind = Trigger::Kind::kTime;
    const auto time = ParseDuration(rest);
    if (!time.ok()) return wrong;
    trigger.time = *time;
    return trigger;
  }
  trigger.after = absl::ConsumePrefix(&rest, "after-");
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(rest, absl::MaxSplits('#', 1));
  const auto found = std::find_if(std::begin(kTriggers), std::end(kTriggers),
                                  [&](const auto& known) { return parts.first == known.name; });
  if (found == std::end(kTriggers)) return wrong;
  trigger.kind = found->kind;
  if (trigger.after && trigger.kind == Trigger::Kind::kConnect) return wrong;
  if (!absl::StrContains(rest, '#')) return trigger;
  absl::string_view numbers = parts.second;
  const bool open_end = absl::ConsumeSuffix(&numbers, "+");
  const std::vector<absl::string_view> ends = absl::StrSplit(numbers, '-');
  if (ends.size() > 2 || (open_end && ends.size() != 1) ||
      !ReadNumber(ends.front(), 1, &trigger.first) ||
      !ReadNumber(ends.back(), trigger.first, &trigger.last)) {
    return wrong;
  }
  if (open_end) trigger.last = std::numeric_limits<int>::max();
  return trigger;
}

std::optional<Restart> ParseRestart(absl::string_view times) {
  Restart restart;
  for (absl::string_view part : absl::StrSplit(times, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> words =
        absl::StrSplit(part, absl::MaxSplits(':', 1));
    const auto found = std::find_if(std::begin(kRestartTimes), std::end(kRestartTimes),
                                    [&](const auto& known) { return words.first == known.name; });
    const auto time = ParseDuration(words.second);
    if (found == std::end(kRestartTimes) || !time.ok()) return std::nullopt;
    restart.*(found->time) = *time;
  }
  return restart;
}

std::optional<AnswerInstead> ParseAnswer(absl::string_view value) {
  const std::pair<absl::string_view, std::string> words =
      absl::StrSplit(value, absl::MaxSplits(':', 1));
  AnswerInstead answer{.text = words.second};
  if (!ReadNumber(words.first, 200, &answer.code) || answer.code > 599) return std::nullopt;
  return answer;
}

absl::StatusOr<Effect> ParseEffect(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> words =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const auto& [name, value] = words;
  if (text == "ignore") return IgnoreCall{};
  if (text == "break") return BreakStream{};
  if (name == "answer") {
    if (auto answer = ParseAnswer(value)) return *std::move(answer);
  } else if (name == "cut" || name == "reset") {
    CutAnswer cut{.reset = name == "reset"};
    if (absl::SimpleAtoi(value, &cut.bytes)) return cut;
  } else if (name == "delay" || name == "freeze" || name == "stall") {
    if (const auto time = ParseDuration(value); time.ok()) {
      if (name == "delay") return DelayAnswer{*time};
      return Freeze{.time = *time, .stop_reading = name == "stall"};
    }
  }
  for (const auto forgets :
       {Restart::Forgets::kNothing, Restart::Forgets::kFramework, Restart::Forgets::kExecutor}) {
    if (name != RestartName(forgets)) continue;
    if (auto restart = ParseRestart(value)) {
      restart->forgets = forgets;
      return *restart;
    }
  }
  return Wrong("'s WHAT", text,
               "answer=CODE[:TEXT], ignore, delay=D, cut=BYTES, reset=BYTES, freeze=D, stall=D, "
               "break, or restart, forget-framework or forget-executor with or without "
               "=down:D,404:D,503:D,recovery:D,window:D");
}

std::string Text(const AnswerInstead& answer) {
  return absl::StrCat("answer=", answer.code, answer.text.empty() ? "" : ":", answer.text);
}
std::string Text(const IgnoreCall&) { return "ignore"; }
std::string Text(const DelayAnswer& delay) { return absl::StrCat("delay=", TimeText(delay.by)); }
std::string Text(const CutAnswer& cut) {
  return absl::StrCat(cut.reset ? "reset=" : "cut=", cut.bytes);
}
std::string Text(const Freeze& freeze) {
  return absl::StrCat(freeze.stop_reading ? "stall=" : "freeze=", TimeText(freeze.time));
}
std::string Text(const BreakStream&) { return "break"; }
std::string Text(const Restart& restart) {
  return absl::StrCat(RestartName(restart.forgets), "=",
                      absl::StrJoin(kRestartTimes, ",", [&](std::string* out, const auto& known) {
                        absl::StrAppend(out, known.name, ":", TimeText(restart.*(known.time)));
                      }));
}

std::string Text(const Trigger& trigger) {
  if (trigger.kind == Trigger::Kind::kTime) return absl::StrCat("at=", TimeText(trigger.time));
  const auto* named = std::find_if(std::begin(kTriggers), std::end(kTriggers),
                                   [&](const auto& known) { return known.kind == trigger.kind; });
  std::string text = absl::StrCat(trigger.after ? "after-" : "", named->name, "#", trigger.first);
  if (trigger.last == std::numeric_limits<int>::max()) return text + "+";
  if (trigger.last != trigger.first) absl::StrAppend(&text, "-", trigger.last);
  return text;
}

// A connection has no answer of its own, and a moment has no call; after a call is taken, only its
// answer can be spoilt.
bool Fits(const Trigger& trigger, const Effect& effect) {
  const bool of_the_call =
      std::holds_alternative<AnswerInstead>(effect) || std::holds_alternative<IgnoreCall>(effect);
  const bool of_the_answer =
      std::holds_alternative<DelayAnswer>(effect) || std::holds_alternative<CutAnswer>(effect);
  if (trigger.kind == Trigger::Kind::kTime) return !of_the_call && !of_the_answer;
  if (trigger.kind == Trigger::Kind::kConnect) {
    return !of_the_call && !std::holds_alternative<DelayAnswer>(effect);
  }
  return !trigger.after || !of_the_call;
}

}  // namespace

absl::StatusOr<Fault> ParseFault(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> words =
      absl::StrSplit(absl::StripAsciiWhitespace(text), absl::MaxSplits(' ', 1));
  const auto trigger = ParseTrigger(words.first);
  if (!trigger.ok()) return trigger.status();
  auto effect = ParseEffect(absl::StripAsciiWhitespace(words.second));
  if (!effect.ok()) return effect.status();
  Fault fault{*trigger, *std::move(effect)};
  if (!Fits(fault.trigger, fault.effect)) {
    return Wrong("", text,
                 "answer and ignore with the call itself, delay with a call, cut and reset with a "
                 "call or a connection");
  }
  return fault;
}

std::string FaultText(const Fault& fault) {
  return absl::StrCat(Text(fault.trigger), " ",
                      std::visit([](const auto& effect) { return Text(effect); }, fault.effect));
}

std::string FaultPlanText(const FaultPlan& plan) {
  return absl::StrJoin(plan, "\n", [](std::string* out, const Fault& fault) {
    absl::StrAppend(out, FaultText(fault));
  });
}

const char kFaultHelp[] =
    R"(Faults, each written as --fault 'WHEN WHAT'; may be repeated, and all that strike at once do.

  WHEN                 connect, subscribe, update, message, heartbeat, call (any of them), each with #N (the Nth),
                       #N-M or #N+ behind it, by default #1; after-... before it: the call is taken first
                       at=D: this long after the launch
  WHAT  answer=CODE[:TEXT]  don't take the call, answer this (the text is by default a real agent's)
        ignore              don't take the call, never answer
        delay=D             take it, answer later
        cut=N, reset=N      send only the first N bytes of the answer (of a stream: of all of it), then close
                            or reset the connection; with connect: at once
        freeze=D, stall=D   accept and read, but answer nothing for so long; stall: not even that
        break               end the event stream without a last chunk
        restart[=down:1s,404:15ms,503:20ms,recovery:2s,window:2s]
                            end everything abruptly; refuse connections, answer 404, then 503; then take SUBSCRIBE,
                            and other calls when recovery is over; destroy the executor if it hasn't subscribed in
                            the window. Without --checkpoint the framework is unknown afterwards
        forget-framework[=...], forget-executor[=...]
                            the same, but what was forgotten is answered 400 for ever

  --fault 'update#2-4 answer=503'         three updates are answered 503
  --fault 'subscribe cut=700'             the first stream breaks in the middle of a record
  --fault 'after-update#2 restart=down:300ms'   an agent dies that has taken an update but not said so
  --fault 'at=5s stall=30s'               as kill -STOP and -CONT
)";

}  // namespace mesos_executor::dev_agent
