#include "integration/quickstart/rendering.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::quickstart {
namespace {

// Select Graphic Rendition (ECMA-48 8.3.117).
constexpr absl::string_view kBold = "1";
constexpr absl::string_view kDim = "2";
constexpr absl::string_view kRed = "31";
constexpr absl::string_view kGreen = "32";
constexpr absl::string_view kYellow = "33";

std::string Coloured(absl::string_view text, absl::string_view style, bool colour) {
  if (!colour || style.empty()) return std::string(text);
  return absl::StrCat("\x1b[", style, "m", text, "\x1b[0m");
}

const char* Name(Source source) {
  switch (source) {
    case Source::kAgent:
      return "agent";
    case Source::kExecutor:
      return "executor";
    case Source::kSidecar:
      return "sidecar";
    case Source::kConsul:
      return "consul";
    case Source::kTask:
      return "task";
    case Source::kQuickstart:
      return "quickstart";
  }
  return "unknown";
}

absl::string_view Style(Source source) {
  switch (source) {
    case Source::kAgent:
      return "34";  // blue
    case Source::kExecutor:
      return "36";  // cyan
    case Source::kSidecar:
      return "35";  // magenta
    case Source::kConsul:
      return "95";  // bright magenta
    case Source::kTask:
      return kBold;
    case Source::kQuickstart:
      return kDim;
  }
  return "";
}

// Outcomes come from several programs; one that isn't known stays uncoloured.
absl::string_view Style(const std::string& outcome) {
  static const std::set<std::string> kGood = {"ok", "healthy", "passing", "exit code 0"};
  static const std::set<std::string> kWaiting = {"pending", "down", "warning"};
  static const std::set<std::string> kBad = {"failed",   "timed-out", "absent", "unhealthy",
                                             "critical", "refused",   "lost"};
  if (kGood.count(outcome) > 0 || absl::StartsWith(outcome, "2")) return kGreen;
  if (kWaiting.count(outcome) > 0) return kYellow;
  if (kBad.count(outcome) > 0 || absl::StartsWith(outcome, "exit code") ||
      absl::StartsWith(outcome, "signal")) {
    return kRed;
  }
  return "";
}

// The executor's names are made for its file, where each stands beside its kind.
std::string What(const Event& event) {
  static const std::map<std::pair<std::string, std::string>, std::string> kTexts = {
      {{"check", "health"}, "health check"},
      {{"process", "started"}, "task started"},
      {{"process", "not started"}, "task not started"},
      {{"process", "terminate"}, "signal to the task"},
      {{"process", "kill"}, "signal to the task"},
      {{"process", "exited"}, "task exited"},
      {{"process", "gone"}, "no process of it is left"},
      {{"process", "leave"}, "leaves"},
  };
  if (event.kind == "detail") return absl::StrCat("  ", event.name);
  if (event.source != Source::kExecutor) return event.name;
  if (event.kind == "phase") return absl::StrCat("phase ", event.name);
  const auto found = kTexts.find({event.kind, event.name});
  return found == kTexts.end() ? event.name : found->second;
}

std::string Printable(std::string text) {
  std::replace_if(text.begin(), text.end(), absl::ascii_iscntrl, ' ');
  return text;
}

std::string TookText(absl::Duration took) {
  const double ms = absl::ToDoubleMilliseconds(took);
  return ms < 1000 ? absl::StrFormat("%.1f ms", ms) : absl::StrFormat("%.2f s", ms / 1000);
}

std::string Spaces(size_t width, size_t used) {
  return std::string(width > used ? width - used : 0, ' ');
}

constexpr size_t kWhatWidth = 26;

}  // namespace

bool IsEcho(const Event& event) {
  static const std::set<std::string> kAgentsOwn = {"subscribed", "LAUNCH", "KILL", "SHUTDOWN"};
  return event.source == Source::kExecutor &&
         (event.kind == "state" || (event.kind == "agent" && kAgentsOwn.count(event.name) > 0));
}

std::string TextHeading(bool colour) {
  return Coloured(
      absl::StrFormat("%9s   %-10s %-*s %9s", "time", "who", kWhatWidth, "what", "took"), kDim,
      colour);
}

std::string TextLine(const Event& event, absl::Time start, bool colour) {
  const std::string name = Printable(What(event));
  const std::string outcome = Printable(event.outcome);
  const bool both = !name.empty() && !outcome.empty();
  const size_t width = name.size() + (both ? 2 : 0) + outcome.size();
  std::string line = absl::StrCat(
      absl::StrFormat("%7.3f s   ", absl::ToDoubleSeconds(event.time - start)),
      Coloured(Name(event.source), Style(event.source), colour),
      Spaces(11, absl::string_view(Name(event.source)).size()),
      Coloured(name, absl::StartsWith(name, "TASK_") ? kBold : "", colour), both ? ": " : "",
      Coloured(outcome, Style(event.outcome), colour), Spaces(kWhatWidth + 1, width),
      absl::StrFormat("%9s", event.took ? TookText(*event.took) : ""));
  if (event.message.empty()) {
    absl::StripTrailingAsciiWhitespace(&line);
  } else {
    absl::StrAppend(&line, "   ", Printable(event.message));
  }
  return line;
}

std::string JsonLine(const Event& event, absl::Time start) {
  nlohmann::ordered_json json;
  json["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", event.time, absl::UTCTimeZone());
  json["seconds"] = static_cast<double>(absl::ToInt64Microseconds(event.time - start)) / 1e6;
  json["source"] = Name(event.source);
  json["kind"] = event.kind;
  json["name"] = event.name;
  if (!event.outcome.empty()) json["outcome"] = event.outcome;
  if (event.took) json["ms"] = static_cast<double>(absl::ToInt64Microseconds(*event.took)) / 1e3;
  if (!event.message.empty()) json["message"] = event.message;
  // Names and messages may hold bytes from outside.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Event StepEvent(const Step& step, absl::Time time) {
  return {.time = time,
          .source = Source::kQuickstart,
          .kind = "step",
          .name = step.name,
          .outcome = step.happened ? "ok" : "failed",
          .message = step.found};
}

std::string TextChecklist(const std::vector<Step>& steps, bool colour) {
  std::string text;
  size_t width = 0;
  for (const Step& step : steps) width = std::max(width, step.name.size());
  int failed = 0;
  for (const Step& step : steps) {
    if (!step.happened) ++failed;
    absl::StrAppend(
        &text, "  ",
        step.happened ? Coloured("ok    ", kGreen, colour) : Coloured("FAILED", kRed, colour), "  ",
        step.name, Spaces(width, step.name.size()), "   ",
        Coloured(Printable(step.found), kDim, colour), "\n");
  }
  absl::StrAppend(
      &text, "\n",
      failed == 0
          ? Coloured(absl::StrCat("All ", steps.size(), " steps happened."), kGreen, colour)
          : Coloured(absl::StrCat(failed, " of ", steps.size(), " steps failed."), kRed, colour),
      "\n");
  return text;
}

}  // namespace mesos_executor::quickstart
