// The only file of the supervisor that knows gRPC.
#ifndef SUPERVISOR_LIFECYCLE_GRPC_STREAM_H_
#define SUPERVISOR_LIFECYCLE_GRPC_STREAM_H_

#include <memory>

#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

// Lifecycle.Attach over `socket`, which is connected and non-blocking. The first call starts gRPC
// and its threads; they only ever post to the loop. At most one message that arrived is held at a
// time: a peer that floods is not read further. The loop outlives the stream; what gRPC still does
// afterwards doesn't touch the loop.
std::unique_ptr<Stream> OpenGrpcStream(EventLoop* loop, UniqueFd socket,
                                       Stream::Listener* listener);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_GRPC_STREAM_H_
