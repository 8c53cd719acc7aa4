#include "integration/quickstart/output.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "integration/quickstart/rendering.h"

namespace mesos_executor::quickstart {
namespace {

// Longer than a line of the executor's takes to reach us, and too short for a person to notice.
constexpr absl::Duration kPatience = absl::Milliseconds(50);

// https://no-color.org
bool WantsColour() {
  const char* const no_color = getenv("NO_COLOR");
  const char* const terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
         terminal != nullptr && absl::string_view(terminal) != "dumb";
}

void Write(FILE* file, const std::string& text) {
  fwrite(text.data(), 1, text.size(), file);
  fflush(file);
}

}  // namespace

Output::Output(EventLoop* loop, bool json)
    : loop_(loop), json_(json), colour_(!json && WantsColour()), order_(kPatience) {}

void Output::Introduce(const std::string& text) {
  if (!json_) Write(stdout, text);
}

void Output::Start(absl::Time start) {
  start_ = start;
  Introduce(absl::StrCat(TextHeading(colour_), "\n"));
}

void Output::Add(Event event) {
  order_.Add(std::move(event));
  if (timer_ == nullptr) Arm();
}

void Output::Interrupt() {
  if (isatty(STDOUT_FILENO) == 1) Introduce("\r");
}

void Output::Note(const std::string& text) { Write(stderr, absl::StrCat(text, "\n")); }

void Output::Finish(const std::vector<Step>& steps) {
  timer_.reset();
  Print(order_.TakeAll());
  if (!json_) {
    Write(stdout, absl::StrCat("\n", TextChecklist(steps, colour_)));
    return;
  }
  std::vector<Event> events;
  for (const Step& step : steps) events.push_back(StepEvent(step, absl::Now()));
  Print(events);
}

void Output::Print(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (!json_ && IsEcho(event)) continue;
    Write(stdout,
          absl::StrCat(json_ ? JsonLine(event, start_) : TextLine(event, start_, colour_), "\n"));
  }
}

void Output::Arm() {
  const auto next = order_.next();
  if (!next) {
    timer_.reset();
    return;
  }
  timer_ = loop_->After(*next - absl::Now(), [this] {
    Print(order_.Take(absl::Now()));
    Arm();
  });
}

}  // namespace mesos_executor::quickstart
