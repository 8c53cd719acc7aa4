#include "supervisor/base/logging.h"

#include <glog/logging.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

// glog calls it from whichever thread logs, one at a time.
class StderrSink final : public google::LogSink {
 public:
  void send(google::LogSeverity severity, const char*, const char* base_filename, int line,
            const google::LogMessageTime& time, const char* message, size_t length) override {
    if (dropped_ > 0 &&
        Write(absl::StrCat("W ", dropped_, " lines of the log are lost: nobody read them"))) {
      dropped_ = 0;
    }
    const std::string head = ToString(severity, base_filename, line, time, "", 0);
    if (!Write(absl::StrCat(head, absl::string_view(message, length)))) ++dropped_;
  }

 private:
  // Not O_NONBLOCK: that would hold for everybody who has this stderr, the task included.
  static bool Write(std::string text) {
    text.resize(std::min<size_t>(text.size(), PIPE_BUF - 1));
    text += '\n';
    pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&output, 1, 0) != 1 || (output.revents & POLLOUT) == 0) return false;
    return write(STDERR_FILENO, text.data(), text.size()) > 0;
  }

  int dropped_ = 0;
};

}  // namespace

void StartLogging(const char* program, bool verbose) {
  FLAGS_v = verbose ? 1 : 0;
  google::InitGoogleLogging(program);
  // No files, and stderr only by our own sink, which lives until the process ends.
  for (int severity = google::INFO; severity < google::NUM_SEVERITIES; ++severity) {
    google::SetLogDestination(severity, "");
  }
  FLAGS_stderrthreshold = google::FATAL;
  google::AddLogSink(new StderrSink);
}

}  // namespace mesos_executor
