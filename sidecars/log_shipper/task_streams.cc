#include "sidecars/log_shipper/task_streams.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {

TaskStreams::TaskStreams(TaskSpools spools, Terms terms, Shipper* shipper, SpoolWatch* watch,
                         Counters* counters)
    : spools_(std::move(spools)),
      out_(Open(spools_.out, "stdout", std::move(terms.out_format), terms, shipper, watch,
                counters)),
      err_(Open(spools_.err, "stderr", std::move(terms.err_format), terms, shipper, watch,
                counters)) {}

TaskStreams::Stream TaskStreams::Open(TaskSpools::Stream& spool, const char* name,
                                      std::unique_ptr<LineFormat> format, const Terms& terms,
                                      Shipper* shipper, SpoolWatch* watch, Counters* counters) {
  Stream stream;
  stream.shipped = shipper->Add(
      std::make_unique<StreamPump>(
          StreamPump::Options{.name = absl::StrCat(name, " of ", spools_.key.task_id),
                              .max_unshipped = spools_.limit,
                              .max_entry = terms.max_entry,
                              .longest_line = terms.longest_line},
          std::move(spool.spool), std::move(format), std::move(spool.unparsed), counters),
      terms.pace);
  stream.watch = watch->Watch(spool.fd, [shipped = stream.shipped.get()] { shipped->Changed(); });
  return stream;
}

void TaskStreams::End(absl::AnyInvocable<void()> delivered, absl::AnyInvocable<void()> done) {
  delivered_ = std::move(delivered);
  done_ = std::move(done);
  undelivered_ = undone_ = 2;
  for (Stream* const stream : {&out_, &err_}) {
    stream->shipped->End(
        [this] {
          if (--undelivered_ == 0 && delivered_) delivered_();
        },
        [this] {
          // Last: it may destroy this.
          if (--undone_ == 0) std::exchange(done_, nullptr)();
        });
  }
}

void TaskStreams::Abandon() {
  out_.shipped->Abandon();
  err_.shipped->Abandon();
}

uint64_t TaskStreams::lag_bytes() { return out_.shipped->lag_bytes() + err_.shipped->lag_bytes(); }

absl::Duration TaskStreams::lag_time() {
  return std::max(out_.shipped->lag_time(), err_.shipped->lag_time());
}

}  // namespace mesos_executor::log_shipper
