// The timeline's events and the final checklist as text for people and as JSON lines for programs.
// Pure.
#ifndef INTEGRATION_QUICKSTART_RENDERING_H_
#define INTEGRATION_QUICKSTART_RENDERING_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "integration/quickstart/checklist.h"
#include "integration/quickstart/event.h"

namespace mesos_executor::quickstart {

// Whether the agent tells the same from its side: a person needs it once.
bool IsEcho(const Event& event);

// Above the first TextLine.
std::string TextHeading(bool colour);

// In columns, without a newline: seconds since `start`, source, what happened, how long it took,
// message. Control characters are replaced: what comes from outside must not steer the terminal.
std::string TextLine(const Event& event, absl::Time start, bool colour);

// One JSON object without a newline: {time, seconds, source, kind, name, outcome?, ms?, message?}.
// `time` is RFC 3339 in UTC, `seconds` is since `start`.
std::string JsonLine(const Event& event, absl::Time start);

// A step of the checklist as one of the last events: kind "step", outcome "ok" or "failed".
Event StepEvent(const Step& step, absl::Time time);

// The checklist with a verdict below it; ends with a newline.
std::string TextChecklist(const std::vector<Step>& steps, bool colour);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_RENDERING_H_
