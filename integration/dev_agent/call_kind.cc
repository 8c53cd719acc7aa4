#include "integration/dev_agent/call_kind.h"

#include "protos/mesos/v1/executor.pb.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {

using mesos::v1::executor::Call;

Trigger::Kind CallKind(const RawCall& request) {
  Call call;
  const bool parsed = request.content_type == MediaTypeName(MediaType::kJson)
                          ? ParseMesosJson(request.body, &call).ok()
                          : call.ParseFromString(request.body);
  if (!parsed) return Trigger::Kind::kCall;
  switch (call.type()) {
    case Call::SUBSCRIBE:
      return Trigger::Kind::kSubscribe;
    case Call::UPDATE:
      return Trigger::Kind::kUpdate;
    case Call::MESSAGE:
      return Trigger::Kind::kMessage;
    case Call::HEARTBEAT:
      return Trigger::Kind::kHeartbeat;
    case Call::UNKNOWN:
      break;
  }
  return Trigger::Kind::kCall;
}

}  // namespace mesos_executor::dev_agent
