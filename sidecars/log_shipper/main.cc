// log-shipper: ships the lines that tasks write to Logstash or the like.
#include "sidecars/runtime/main.h"

#include <glog/logging.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sidecars/log_shipper/counters.h"
#include "sidecars/log_shipper/inotify_spool_watch.h"
#include "sidecars/log_shipper/line_splitter.h"
#include "sidecars/log_shipper/log_shipper.h"
#include "sidecars/log_shipper/outputs/new_output.h"
#include "sidecars/log_shipper/outputs/output_settings.h"
#include "sidecars/log_shipper/outputs/token_bucket.h"
#include "sidecars/log_shipper/remembered_spools.h"
#include "sidecars/log_shipper/shipper.h"
#include "sidecars/log_shipper/spool_receiver.h"
#include "sidecars/log_shipper/task_formats.h"
#include "sidecars/runtime/acceptor.h"
#include "sidecars/runtime/await_socket.h"
#include "sidecars/runtime/inherited_sockets.h"
#include "sidecars/runtime/listening_socket.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/descriptor_datagram.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr char kTaskSettingsHelp[] =
    "A task's own, which win: SERVICELOG_LOGSTASH_RATE_LIMIT, SERVICELOG_LOGSTASH_SIZE_LIMIT,\n"
    "SERVICELOG_LINE_LIMIT (in bytes, 1024 to 16777216; 1048576: the rest of a longer line is "
    "cut),\n"
    "SERVICELOG_IGNORE_KEYS, CLOUD_HOSTNAME, CLOUD_REGION, CLOUD_AVAILABILITY_ZONE.\n";

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

// The task's own number, or `otherwise`.
uint64_t TaskNumber(const lifecycle::v1::Task& task, const char* name, uint64_t otherwise,
                    std::vector<std::string>* warnings) {
  const std::string text = TaskSetting(task, name);
  uint64_t number = 0;
  if (text.empty()) return otherwise;
  if (absl::SimpleAtoi(text, &number)) return number;
  warnings->push_back(
      absl::StrCat(name, " is no number but ", Quoted(text), "; taken instead: ", otherwise));
  return otherwise;
}

// All that a process has, each part below what it needs.
class Sidecar final : public sidecar::Handler {
 public:
  static absl::StatusOr<std::unique_ptr<sidecar::Handler>> Make(
      const sidecar::HandlerParts& parts) {
    auto settings = ReadOutputSettings(parts.settings);
    if (!settings.ok()) return settings.status();
    for (const std::string& note : settings->notes) LOG(INFO) << note;
    std::unique_ptr<Sidecar> made(new Sidecar(parts, *settings));
    auto output = NewOutput(parts.loop, *settings, &made->shipper_);
    if (!output.ok()) return output.status();
    made->output_ = *std::move(output);
    made->shipper_.ShipTo(made->output_.get());
    if (absl::Status status = made->TakeSpools(parts); !status.ok()) return status;
    return made;
  }

  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override {
    log_shipper_.OnState(key, attach, state);
  }
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override {
    log_shipper_.OnPhase(key, state, deadline, std::move(reply));
  }
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override {
    log_shipper_.OnRecovered(key, record);
  }
  void Undo(const sidecar::TaskKey& key) override { log_shipper_.Undo(key); }
  void WhenIdle(absl::AnyInvocable<void()> done) override {
    log_shipper_.WhenIdle(std::move(done));
  }

 private:
  Sidecar(const sidecar::HandlerParts& parts, const OutputSettings& settings)
      : loop_(parts.loop),
        rate_limit_(settings.rate_limit),
        max_entry_(settings.max_entry()),
        formats_(HostName()),
        counters_(parts.metrics),
        shipper_(parts.loop, &counters_, [] { return absl::Now(); }),
        watch_(parts.loop),
        log_shipper_({.loop = parts.loop,
                      .memory = parts.memory,
                      .shipper = &shipper_,
                      .watch = &watch_,
                      .counters = &counters_,
                      .terms = [this](const lifecycle::v1::Task& task) { return TermsOf(task); },
                      .reopen = ReopenSpools,
                      .keeps_window = !parts.options.private_fd}),
        receiver_(parts.loop, parts.options.allow_foreign_peers,
                  [this](TaskSpools spools) { log_shipper_.OnSpools(std::move(spools)); }) {}

  // Listens where supervisors send spools; a private one has inherited its connection.
  absl::Status TakeSpools(const sidecar::HandlerParts& parts) {
    if (parts.options.private_fd) {
      if (parts.options.descriptors_fd) receiver_.Serve(UniqueFd(*parts.options.descriptors_fd));
      return absl::OkStatus();
    }
    absl::StatusOr<UniqueFd> listening =
        parts.sockets->Claim(sidecar::kDescriptorSocket, SOCK_SEQPACKET);
    if (!listening.ok()) return listening.status();
    if (!listening->valid()) {
      const auto group = sidecar::SocketGroup(parts.options.group);
      if (!group.ok()) return group.status();
      listening = sidecar::AwaitSocket(
          [&] {
            return sidecar::ListenUnix(DescriptorSocket(parts.options.socket), *group,
                                       SOCK_SEQPACKET);
          },
          parts.options.take_over ? sidecar::kExitTime : absl::ZeroDuration());
      if (!listening.ok()) return listening.status();
    }
    acceptor_.emplace(parts.loop, *std::move(listening),
                      [this](UniqueFd connection) { receiver_.Serve(std::move(connection)); });
    return absl::OkStatus();
  }

  TaskStreams::Terms TermsOf(const lifecycle::v1::Task& task) {
    TaskStreams::Terms terms;
    std::vector<std::string> same_again;
    terms.out_format = formats_.Make(task, &terms.warnings);
    terms.err_format = formats_.Make(task, &same_again);
    const uint64_t rate =
        TaskNumber(task, "SERVICELOG_LOGSTASH_RATE_LIMIT", rate_limit_, &terms.warnings);
    if (rate > 0) terms.pace = std::make_shared<TokenBucket>(rate, rate, loop_->Now());
    const uint64_t longest = TaskNumber(task, "SERVICELOG_LOGSTASH_SIZE_LIMIT", 0, &terms.warnings);
    terms.max_entry = longest == 0 ? max_entry_ : std::min<uint64_t>(longest, max_entry_);
    terms.longest_line = std::clamp<uint64_t>(
        TaskNumber(task, "SERVICELOG_LINE_LIMIT", LineSplitter::kLongestLine, &terms.warnings),
        1024, 16 << 20);
    return terms;
  }

  EventLoop* const loop_;
  const uint64_t rate_limit_;
  const size_t max_entry_;
  const TaskFormats formats_;
  Counters counters_;
  Shipper shipper_;
  std::unique_ptr<Output> output_;
  InotifySpoolWatch watch_;
  LogShipper log_shipper_;
  SpoolReceiver receiver_;
  std::optional<sidecar::Acceptor> acceptor_;
};

}  // namespace
}  // namespace mesos_executor::log_shipper

int main(int argc, char** argv) {
  using namespace mesos_executor;
  return sidecar::SidecarMain(
      argc, argv,
      {"log-shipper",
       "Ships the lines of tasks that have the label `log-scraping` to Logstash or the like.",
       absl::StrCat(log_shipper::kOutputSettingsHelp, log_shipper::kTaskSettingsHelp)},
      log_shipper::Sidecar::Make);
}
