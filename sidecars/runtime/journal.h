// The Memory of a host daemon: an append-only file, so that what was done for a task is undone also
// when this process, or the host, dies in between.
#ifndef SIDECARS_RUNTIME_JOURNAL_H_
#define SIDECARS_RUNTIME_JOURNAL_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/journal_record.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread, which it makes wait for the disk (fdatasync): that is the promise of
// Remember.
//
// A write that fails (a full disk), at the start too, is logged, and the whole journal is written
// anew at the next change; until then a crash loses what could not be written.
class Journal final : public Memory {
 public:
  struct Entry {
    std::string record;
    // Remembered since the host was last booted: the task may live.
    bool this_boot = true;
  };
  using Entries = std::map<TaskKey, Entry>;

  // Opens or creates the file `journal` in `directory`, which is made (mode 0700) if need be, and
  // locked: Unavailable where another process has it. The file is cut off
  // where it is damaged, which is logged.
  // `boot_id` tells this boot of the host from others.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& directory,
                                                       const std::string& boot_id);

  // What is remembered now.
  const Entries& entries() const { return entries_; }
  // Whether something is remembered for a task of the same ids that is another user's.
  bool HasOfAnotherUser(const TaskKey& key) const;

  void Remember(const TaskKey& key, const std::string& record) override;
  void Forget(const TaskKey& key) override;

  // Bytes of the file, for metrics and tests.
  size_t file_size() const { return file_size_; }

 private:
  Journal(UniqueFd directory, std::string directory_path, std::string boot_id)
      : directory_(std::move(directory)),
        path_(std::move(directory_path)),
        boot_id_(std::move(boot_id)) {}

  absl::Status Load();
  // Writes a new file with the entries alone and puts it in the old one's place.
  absl::Status Rewrite();
  // Takes the record into the file; `durably`: on disk when it returns.
  absl::Status Append(const JournalRecord& record, bool durably);
  void Write(const JournalRecord& record, bool durably);
  // Logs a failure and has the next write make a new file.
  void NoteWritten(const absl::Status& status);
  // Without an entry: that the task is forgotten.
  JournalRecord RecordOf(const TaskKey& key, const Entry* entry) const;

  const UniqueFd directory_;  // Holds the lock.
  const std::string path_;
  const std::string boot_id_;
  UniqueFd file_;  // None where the file can't be trusted: the next write makes a new one.
  size_t file_size_ = 0;
  size_t rewritten_size_ = 0;
  Entries entries_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_JOURNAL_H_
