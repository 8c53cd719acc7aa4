#include "supervisor/health/checker.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {
namespace {

using ::mesos::v1::CheckInfo;
using ::mesos::v1::CheckStatusInfo;

CheckStatusInfo StatusOf(const CheckDefinition& definition, const ProbeResult& result) {
  CheckStatusInfo status = NoCheckStatus(definition);
  switch (status.type()) {
    case CheckInfo::COMMAND:
      if (result.code) status.mutable_command()->set_exit_code(*result.code);
      break;
    case CheckInfo::HTTP:
      if (result.code) status.mutable_http()->set_status_code(*result.code);
      break;
    default:
      // Refused is a result, unlike no word at all.
      if (!absl::IsDeadlineExceeded(result.status)) {
        status.mutable_tcp()->set_succeeded(result.status.ok());
      }
  }
  return status;
}

bool IsEmpty(const CheckStatusInfo& status) {
  return !status.command().has_exit_code() && !status.http().has_status_code() &&
         !status.tcp().has_succeeded();
}

}  // namespace

CheckStatusInfo NoCheckStatus(const CheckDefinition& definition) {
  CheckStatusInfo status;
  if (std::holds_alternative<CheckCommand>(definition.probe)) {
    status.set_type(CheckInfo::COMMAND);
    status.mutable_command();
  } else if (std::holds_alternative<HttpCheck>(definition.probe)) {
    status.set_type(CheckInfo::HTTP);
    status.mutable_http();
  } else {
    status.set_type(CheckInfo::TCP);
    status.mutable_tcp();
  }
  return status;
}

Checker::Checker(EventLoop* loop, std::unique_ptr<Prober> prober, CheckDefinition definition,
                 Observer* observer)
    : definition_(std::move(definition)),
      observer_(observer),
      last_(NoCheckStatus(definition_)),
      probing_(loop, std::move(prober), definition_, this) {}

void Checker::OnProbed(const ProbeResult& result, absl::Duration) {
  const CheckStatusInfo status = StatusOf(definition_, result);
  if (status.SerializeAsString() == last_.SerializeAsString()) return;
  last_ = status;
  std::string why;
  if (IsEmpty(status)) {
    why = absl::StrCat(definition_.Name(), " failed: ", result.status.message());
  }
  // The last thing done: the observer may destroy this.
  observer_->OnCheckStatus(status, why);
}

}  // namespace mesos_executor::health
