#include "supervisor/spool/task_spools.h"

#include <glog/logging.h>
#include <unistd.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "protos/lifecycle/v1/spools.pb.h"
#include "supervisor/process/user_identity.h"

namespace mesos_executor::spool {
namespace {

using lifecycle::v1::Spools;

constexpr absl::Duration kPause = absl::Seconds(1);
constexpr absl::Duration kPauseWhileHeld = absl::Seconds(10);

// None where the task runs as ourselves.
absl::StatusOr<std::optional<Owner>> OwnerOf(const std::string& user) {
  if (user.empty()) return std::nullopt;
  const absl::StatusOr<process::UserIdentity> identity = process::LookUpUser(user);
  if (!identity.ok()) return identity.status();
  if (identity->uid == geteuid()) return std::nullopt;
  return Owner{.uid = identity->uid, .gid = identity->gid};
}

std::string Message(const lifecycle::v1::Task& task, const TaskSpools::Options& options) {
  Spools message;
  message.set_incarnation(options.incarnation);
  message.set_framework_id(task.framework_id());
  message.set_executor_id(task.executor_id());
  message.set_task_id(task.task_id());
  // In the order of Descriptors.
  for (const Spools::Role role : {Spools::STDOUT_SPOOL, Spools::STDERR_SPOOL, Spools::OFFSETS,
                                  Spools::EXECUTOR_STDOUT, Spools::EXECUTOR_STDERR}) {
    message.add_roles(role);
  }
  message.set_limit_bytes(options.limit);
  return message.SerializeAsString();
}

std::vector<int> Descriptors(const SpoolFiles& files) {
  return {files.out.get(), files.err.get(), files.offsets.get(), STDOUT_FILENO, STDERR_FILENO};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TaskSpools>> TaskSpools::Make(EventLoop* loop,
                                                             const lifecycle::v1::Task& task,
                                                             const Options& options) {
  const auto owner = OwnerOf(options.user);
  if (!owner.ok()) return owner.status();
  absl::StatusOr<SpoolFiles> files = MakeSpoolFiles(options.sandbox, *owner);
  if (!files.ok()) return files.status();
  return std::unique_ptr<TaskSpools>(new TaskSpools(loop, task, options, *std::move(files)));
}

TaskSpools::TaskSpools(EventLoop* loop, const lifecycle::v1::Task& task, const Options& options,
                       SpoolFiles files)
    : loop_(loop),
      files_(std::move(files)),
      offer_(loop, Message(task, options), Descriptors(files_), [this] { OnHeldChanged(); }),
      limit_(options.limit),
      bounds_{SpoolBound(files_.out.get()), SpoolBound(files_.err.get())} {
  KeepLater();
}

void TaskSpools::OnHeldChanged() {
  if (given_up_ > 0) {
    LOG(WARNING) << given_up_ << " bytes of the task's output were given up; "
                 << (offer_.held() ? "now a log-shipper takes it" : "the log-shipper let it go");
  }
  given_up_ = 0;
  KeepLater();
}

void TaskSpools::KeepLater() {
  keep_ = loop_->After(offer_.held() ? kPauseWhileHeld : kPause, [this] { Keep(); });
}

void TaskSpools::Keep() {
  KeepLater();
  const uint64_t limit = offer_.held() ? 2 * limit_ : limit_;
  for (SpoolBound& bound : bounds_) {
    const absl::StatusOr<uint64_t> bytes = bound.Keep(limit);
    if (!bytes.ok()) {
      if (!std::exchange(warned_, true)) {
        LOG(WARNING) << "The task's output can't be kept within its limit: "
                     << bytes.status().message();
      }
      continue;
    }
    if (*bytes > 0 && given_up_ == 0) {
      LOG(WARNING) << (offer_.held() ? "The log-shipper doesn't read" : "No log-shipper takes")
                   << " the task's output: the oldest of it is given up";
    }
    given_up_ += *bytes;
  }
}

}  // namespace mesos_executor::spool
