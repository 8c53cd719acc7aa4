// Entries to a file, a FIFO, or our own stdout: for trying it.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_FILE_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_FILE_OUTPUT_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "sidecars/log_shipper/output.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

// Appends; waits for a disk, but for nobody who reads: a full pipe makes it not ready.
// What can't be opened or written (no such folder, a full disk) is tried again each second, for
// ever. OnBroken is never called, and written() only grows.
class FileOutput final : public Output {
 public:
  static constexpr absl::string_view kStdout = "/proc/self/fd/1";
  // ready() ends when so many bytes wait to be written, and begins again when none do.
  static constexpr size_t kFull = 512 << 10;
  static constexpr absl::Duration kPause = absl::Seconds(1);

  // A file that isn't there is created, for us and our group to read. `loop` and `listener` must
  // outlive this.
  FileOutput(AsioEventLoop* loop, std::string path, Listener* listener);
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  bool ready() const override { return ready_; }
  void Send(std::string entries) override;
  uint64_t written() const override { return written_ + WholeEntries(); }
  bool resends() const override { return false; }

 private:
  void WriteAfter(absl::Duration pause);
  void Write();
  // False: not all of the first batch was written.
  bool WriteFirst();
  ssize_t WriteSome(absl::string_view bytes);
  void Failed(int error);
  // Bytes of the first batch that were written up to the end of an entry.
  size_t WholeEntries() const;

  AsioEventLoop* const loop_;
  const std::string path_;
  Listener* const listener_;
  UniqueFd fd_;
  // A stdout that can't be opened anew. Others have it too, so it isn't made non-blocking: what a
  // pipe has room for, when it has room (PIPE_BUF, pipe(7)), is written at a time.
  bool shared_ = false;
  bool ready_ = false;
  bool told_ = false;
  std::deque<std::string> waiting_;
  size_t waiting_bytes_ = 0;
  // Within the first that waits.
  size_t position_ = 0;
  // Those before it.
  uint64_t written_ = 0;
  std::unique_ptr<Pending> next_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_FILE_OUTPUT_H_
