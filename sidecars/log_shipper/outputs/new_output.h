// The output that the settings ask for.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_NEW_OUTPUT_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_NEW_OUTPUT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "sidecars/log_shipper/output.h"
#include "sidecars/log_shipper/outputs/output_settings.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

// Begins to connect when the loop runs; a receiver that can't be reached is no error. `loop` and
// `listener` must outlive the result. InvalidArgument: files of TLS, or of Consul's
// token, that are bad now.
absl::StatusOr<std::unique_ptr<Output>> NewOutput(AsioEventLoop* loop,
                                                  const OutputSettings& settings,
                                                  Output::Listener* listener);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_NEW_OUTPUT_H_
