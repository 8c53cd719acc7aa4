// What happens to the task, for those who look in: on the timeline in the sandbox.
#ifndef SUPERVISOR_RECORDER_H_
#define SUPERVISOR_RECORDER_H_

#include <utility>

#include "supervisor/timeline/timeline.h"

namespace mesos_executor {

// Lives on the loop's thread.
class Recorder {
 public:
  explicit Recorder(Timeline timeline) : timeline_(std::move(timeline)) {}

  // The end is recorded even where the timeline is full of what came before: nothing repeats itself
  // there.
  void set_ending(bool ending) { ending_ = ending; }

  void Add(TimelineEntry entry);

 private:
  Timeline timeline_;
  bool ending_ = false;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_RECORDER_H_
