// The formats that tasks ask for by their labels and settings.
#ifndef SIDECARS_LOG_SHIPPER_TASK_FORMATS_H_
#define SIDECARS_LOG_SHIPPER_TASK_FORMATS_H_

#include <memory>
#include <string>
#include <vector>

#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/line_parser.h"

namespace mesos_executor::log_shipper {

// One a process: its formats share the memory of their parsers, as they live on one thread.
//
// Label `log-scraping` names the format: `json` (the seed's word is `logstash`), `logfmt` or `raw`.
// For any other value nothing is shipped, as in the seed: each line is unparsed. A label
// `log-scraping-all` that isn't empty has lines that don't parse shipped as text, with level INFO
// and logger invalid-format. `executor-log-multiline` is for lines of text: see MultilineRule.
class TaskFormats {
 public:
  // `host_name` is for tasks that don't know theirs.
  explicit TaskFormats(std::string host_name);

  // The format for one stream of the task. What is wrong with the task's labels and settings hurts
  // nothing but is appended to `*warnings`: sentences for the log.
  std::unique_ptr<LineFormat> Make(const lifecycle::v1::Task& task,
                                   std::vector<std::string>* warnings) const;

 private:
  const std::string host_name_;
  const std::shared_ptr<LineParser> json_;
  const std::shared_ptr<LineParser> logfmt_;
  const std::shared_ptr<LineParser> nothing_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_TASK_FORMATS_H_
