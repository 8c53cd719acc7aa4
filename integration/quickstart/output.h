// Where the quickstart prints: the timeline and what goes with it.
#ifndef INTEGRATION_QUICKSTART_OUTPUT_H_
#define INTEGRATION_QUICKSTART_OUTPUT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "integration/quickstart/checklist.h"
#include "integration/quickstart/event.h"
#include "integration/quickstart/time_order.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::quickstart {

// With `json`, stdout gets JSON lines and nothing else. Lives on the loop's thread.
class Output {
 public:
  Output(EventLoop* loop, bool json);

  // For people: goes to stdout, or is left out with `json`.
  void Introduce(const std::string& text);
  // The timeline's zero; before the first Add.
  void Start(absl::Time start);
  // Prints the event a moment later, in its place.
  void Add(Event event);
  // Somebody typed Ctrl-C: the next line goes over the ^C that the terminal shows.
  void Interrupt();
  // Something that a person should know now, on stderr.
  void Note(const std::string& text);
  // The rest of the timeline, then the checklist.
  void Finish(const std::vector<Step>& steps);

 private:
  void Print(const std::vector<Event>& events);
  void Arm();

  EventLoop* const loop_;
  const bool json_;
  const bool colour_;
  absl::Time start_;
  TimeOrder order_;
  std::unique_ptr<Pending> timer_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_OUTPUT_H_
