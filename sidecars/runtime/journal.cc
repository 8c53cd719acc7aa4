#include "sidecars/runtime/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/journal_format.h"

namespace mesos_executor::sidecar {
namespace {

constexpr char kFile[] = "journal";
constexpr char kNewFile[] = "journal.new";
// A file is rewritten when it has grown to twice what it was after the last rewriting, and this
// much more.
constexpr size_t kSlack = 64 << 10;
// More than this is no journal of ours.
constexpr off_t kMaxFile = off_t{1} << 30;

absl::Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "write");
    bytes.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return absl::ErrnoToStatus(errno, "stat");
  if (status.st_size > kMaxFile) return absl::FailedPreconditionError("too big for a journal");
  std::string bytes(status.st_size, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "read");
    if (count == 0) break;
    done += count;
  }
  bytes.resize(done);
  return bytes;
}

TaskKey KeyOf(const JournalRecord& record) {
  return {record.uid(), record.framework_id(), record.executor_id(), record.task_id()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& directory,
                                                       const std::string& boot_id) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), error);
  // Others may read neither what is remembered nor whose it is.
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("making the state directory ", directory));
  }
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fchmod(fd.get(), 0700) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("opening the state directory ", directory));
  }
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(absl::StrCat("another process uses the state directory ",
                                               directory, "; stop it or give --state-dir another"));
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(fd), directory, boot_id));
  if (const absl::Status status = journal->Load(); !status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("the journal in ", directory, ": ", status.message()));
  }
  // Also cuts off a torn tail. On a full disk it is tried again with the next change: tasks need
  // this process then as well.
  journal->NoteWritten(journal->Rewrite());
  return journal;
}

bool Journal::HasOfAnotherUser(const TaskKey& key) const {
  // Keys are ordered by user first, and a host's tasks are of few: from each user to the next.
  for (auto it = entries_.begin(); it != entries_.end();) {
    TaskKey theirs = key;
    theirs.uid = it->first.uid;
    if (theirs.uid != key.uid && entries_.contains(theirs)) return true;
    // No user has the greatest number: it means "none" (setresuid(2)).
    it = entries_.lower_bound({theirs.uid + 1, "", "", ""});
  }
  return false;
}

absl::Status Journal::Load() {
  const UniqueFd file(openat(directory_.get(), kFile, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, "open");
  const absl::StatusOr<std::string> bytes = ReadAll(file.get());
  if (!bytes.ok()) return bytes.status();
  DecodedJournal decoded = DecodeFrames(*bytes);
  LOG_IF(WARNING, decoded.damaged_bytes > 0)
      << "the journal in " << path_ << " had " << decoded.damaged_bytes << " damaged bytes of "
      << bytes->size() << ", now cut off (a crash while writing leaves some at the end)";
  for (JournalRecord& record : decoded.records) {
    if (record.has_remembered()) {
      entries_[KeyOf(record)] = {std::move(*record.mutable_remembered()),
                                 record.boot_id() == boot_id_};
    } else {
      entries_.erase(KeyOf(record));
    }
  }
  return absl::OkStatus();
}

JournalRecord Journal::RecordOf(const TaskKey& key, const Entry* entry) const {
  JournalRecord record;
  record.set_uid(key.uid);
  record.set_framework_id(key.framework_id);
  record.set_executor_id(key.executor_id);
  record.set_task_id(key.task_id);
  if (entry != nullptr) {
    record.set_remembered(entry->record);
    if (entry->this_boot) record.set_boot_id(boot_id_);
  }
  return record;
}

absl::Status Journal::Rewrite() {
  file_.Reset();
  UniqueFd file(openat(directory_.get(), kNewFile,
                       O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) return absl::ErrnoToStatus(errno, "open");
  std::string bytes;
  for (const auto& [key, entry] : entries_) bytes += EncodeFrame(RecordOf(key, &entry));
  if (absl::Status status = WriteAll(file.get(), bytes); !status.ok()) return status;
  if (fdatasync(file.get()) != 0) return absl::ErrnoToStatus(errno, "fdatasync");
  if (renameat(directory_.get(), kNewFile, directory_.get(), kFile) != 0) {
    return absl::ErrnoToStatus(errno, "rename");
  }
  // The new name is safe only once the directory is.
  if (fsync(directory_.get()) != 0) return absl::ErrnoToStatus(errno, "fsync of the directory");
  file_ = std::move(file);
  file_size_ = rewritten_size_ = bytes.size();
  return absl::OkStatus();
}

absl::Status Journal::Append(const JournalRecord& record, bool durably) {
  if (!file_.valid() || file_size_ > 2 * rewritten_size_ + kSlack) return Rewrite();
  const std::string frame = EncodeFrame(record);
  if (absl::Status status = WriteAll(file_.get(), frame); !status.ok()) return status;
  file_size_ += frame.size();
  if (durably && fdatasync(file_.get()) != 0) return absl::ErrnoToStatus(errno, "fdatasync");
  return absl::OkStatus();
}

void Journal::Write(const JournalRecord& record, bool durably) {
  NoteWritten(Append(record, durably));
}

void Journal::NoteWritten(const absl::Status& status) {
  if (status.ok()) return;
  // After a failed fdatasync nobody knows what the file holds, and asking again says nothing
  // (fsync(2)): write a new one.
  file_.Reset();
  LOG(ERROR) << "the journal in " << path_ << " cannot be written (" << status.message()
             << "); until it can, a restart of this process may leave things of ended tasks behind";
}

void Journal::Remember(const TaskKey& key, const std::string& record) {
  const auto old = entries_.find(key);
  if (file_.valid() && old != entries_.end() && old->second.this_boot &&
      old->second.record == record) {
    return;
  }
  Entry entry = {record, /*this_boot=*/true};
  const JournalRecord whole = RecordOf(key, &entry);
  if (whole.ByteSizeLong() > kMaxJournalRecord) {
    LOG(ERROR) << "task " << key.task_id
               << " has more to remember than fits: the journal keeps what it had";
    return;
  }
  entries_[key] = std::move(entry);
  Write(whole, /*durably=*/true);
}

void Journal::Forget(const TaskKey& key) {
  // Not synced: where a crash brings the entry back, undoing it once more does no harm.
  if (entries_.erase(key) > 0) Write(RecordOf(key, nullptr), /*durably=*/false);
}

}  // namespace mesos_executor::sidecar
