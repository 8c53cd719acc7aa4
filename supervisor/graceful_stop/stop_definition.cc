#include "supervisor/graceful_stop/stop_definition.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/http_target.h"
#include "supervisor/base/task_endpoint.h"
#include "supervisor/base/task_label.h"

namespace mesos_executor::graceful_stop {
namespace {

constexpr char kLabel[] = "executor-graceful-stop-http";
constexpr char kDefaultPaths[] = "/quitquitquit,/abortabortabort";
constexpr char kDefaultPort[] = "health";
constexpr size_t kMostPaths = 2;

using Ports = google::protobuf::RepeatedPtrField<mesos::v1::Port>;

// `name` is "" where the label has none. What is wrong is InvalidArgument.
absl::StatusOr<uint32_t> PortOf(const Ports& ports, absl::string_view name) {
  if (ports.empty()) return absl::InvalidArgumentError("the task has no ports");
  const mesos::v1::Port* found = name.empty() ? &ports[0] : nullptr;
  for (const mesos::v1::Port& port : ports) {
    if (port.name() != (name.empty() ? kDefaultPort : name)) continue;
    found = &port;
    break;
  }
  if (found == nullptr) return absl::InvalidArgumentError("the task has no port of that name");
  return found->number();
}

absl::StatusOr<StopDefinition> Parse(absl::string_view value, const Ports& ports,
                                     std::string_view public_ip) {
  if (value.empty() || value == "true") value = kDefaultPaths;
  absl::string_view port_name;
  // A path may have colons too.
  const size_t colon = absl::StartsWith(value, "/") ? value.npos : value.find(':');
  if (colon == 0) return absl::InvalidArgumentError("the name of the port is empty");
  if (colon != value.npos) {
    port_name = value.substr(0, colon);
    value.remove_prefix(colon + 1);
  }
  StopDefinition definition{.paths = absl::StrSplit(value, ',')};
  if (definition.paths.size() > kMostPaths) {
    return absl::InvalidArgumentError("there are more than two paths");
  }
  for (const std::string& path : definition.paths) {
    if (absl::Status target = CheckHttpTarget(path); !target.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("a path ", target.message()));
    }
  }
  const absl::StatusOr<uint32_t> port = PortOf(ports, port_name);
  if (!port.ok()) return port.status();
  absl::StatusOr<TcpEndpoint> endpoint = EndpointOfTask(*port, std::nullopt, public_ip);
  if (!endpoint.ok()) return endpoint.status();
  definition.endpoint = *std::move(endpoint);
  return definition;
}

}  // namespace

absl::StatusOr<std::optional<StopDefinition>> StopDefinitionOf(const mesos::v1::TaskInfo& task,
                                                               std::string_view public_ip) {
  const std::optional<std::string> value = LabelValue(task.labels(), kLabel);
  if (!value || *value == "false") return std::nullopt;
  absl::StatusOr<StopDefinition> definition =
      Parse(*value, task.discovery().ports().ports(), public_ip);
  if (definition.ok()) return *std::move(definition);
  return absl::InvalidArgumentError(LabelWarning(
      kLabel, *value,
      absl::StrCat(definition.status().message(), "; write [PORTNAME:]PATH[,PATH] or true")));
}

}  // namespace mesos_executor::graceful_stop
