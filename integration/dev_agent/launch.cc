#include "integration/dev_agent/launch.h"

#include <sys/stat.h>

#include <algorithm>
#include <initializer_list>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::dev_agent {
namespace {

// A version 4 UUID as text.
std::string RandomUuid() {
  std::random_device random;
  const auto bits = [&random] { return static_cast<uint32_t>(random()); };
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", bits(), bits() >> 16, bits() >> 20,
                         0x8000 | bits() >> 18, bits() >> 16, bits());
}

void AddScalar(absl::string_view name, double value,
               google::protobuf::RepeatedPtrField<mesos::v1::Resource>* resources) {
  mesos::v1::Resource* resource = resources->Add();
  resource->set_name(std::string(name));
  resource->set_type(mesos::v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  resource->mutable_allocation_info()->set_role("*");
}

void AddVariable(absl::string_view name, absl::string_view value, mesos::v1::CommandInfo* command) {
  auto* variable = command->mutable_environment()->add_variables();
  variable->set_name(std::string(name));
  variable->set_type(mesos::v1::Environment::Variable::VALUE);
  variable->set_value(std::string(value));
}

std::string Quoted(absl::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isalnum(c) ||
           absl::string_view("-_./:=,+@%").find(c) != absl::string_view::npos;
  });
  return plain ? std::string(word)
               : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

absl::Status CheckLaunch(const ExecutorLaunch& launch) {
  struct stat sandbox;
  if (stat(launch.sandbox.c_str(), &sandbox) != 0 || !S_ISDIR(sandbox.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sandbox '", launch.sandbox, "' is no directory: make it first"));
  }
  if (launch.launch_process && launch.executor.command().value().empty()) {
    return absl::InvalidArgumentError("the launch has no executor command: see SetCommand()");
  }
  for (const google::protobuf::Message* message :
       std::initializer_list<const google::protobuf::Message*>{&launch.framework, &launch.executor,
                                                               &launch.task}) {
    if (message->IsInitialized()) continue;
    return absl::InvalidArgumentError(absl::StrCat("the launch's ",
                                                   message->GetDescriptor()->name(), " lacks ",
                                                   message->InitializationErrorString()));
  }
  return absl::OkStatus();
}

ExecutorLaunch NewLaunch(absl::string_view name, std::string sandbox) {
  ExecutorLaunch launch;
  launch.sandbox = std::move(sandbox);
  const std::string master = RandomUuid();
  const std::string task_id = absl::StrCat(name, ".", RandomUuid());

  launch.framework.set_user("root");
  launch.framework.set_name("dev-agent");
  launch.framework.mutable_id()->set_value(absl::StrCat(master, "-0000"));
  launch.framework.set_checkpoint(false);
  launch.framework.add_roles("*");
  using Capability = mesos::v1::FrameworkInfo::Capability;
  for (const auto type : {Capability::RESERVATION_REFINEMENT, Capability::TASK_KILLING_STATE,
                          Capability::PARTITION_AWARE, Capability::MULTI_ROLE}) {
    launch.framework.add_capabilities()->set_type(type);
  }

  launch.executor.mutable_executor_id()->set_value(absl::StrCat("executor-", task_id));
  *launch.executor.mutable_framework_id() = launch.framework.id();
  launch.executor.set_type(mesos::v1::ExecutorInfo::CUSTOM);
  launch.executor.set_source(task_id);
  AddScalar("cpus", 0.1, launch.executor.mutable_resources());
  AddScalar("mem", 64, launch.executor.mutable_resources());

  launch.agent.set_hostname("127.0.0.1");

  launch.task.set_name(std::string(name));
  launch.task.mutable_task_id()->set_value(task_id);
  launch.task.mutable_agent_id()->set_value(absl::StrCat(master, "-S0"));
  AddScalar("cpus", 0.1, launch.task.mutable_resources());
  AddScalar("mem", 256, launch.task.mutable_resources());
  AddScalar("disk", 1024, launch.task.mutable_resources());
  AddVariable("MESOS_TASK_ID", task_id, launch.executor.mutable_command());
  AddVariable("HOST", "127.0.0.1", launch.executor.mutable_command());
  return launch;
}

void SetCommand(absl::string_view path, absl::string_view command, CommandIn where,
                ExecutorLaunch* launch) {
  mesos::v1::CommandInfo* executor = launch->executor.mutable_command();
  const std::string quoted = absl::StrCat("'", absl::StrReplaceAll(path, {{"'", "'\\''"}}), "'");
  executor->set_shell(true);
  if (where == CommandIn::kExecutor) {
    executor->set_value(absl::StrCat("chmod ug+rx ", quoted, " && exec ", quoted, " ", command));
    return;
  }
  executor->set_value(absl::StrCat("exec ", quoted));
  launch->task.mutable_command()->set_shell(true);
  launch->task.mutable_command()->set_value(std::string(command));
  *launch->task.mutable_command()->mutable_environment() = executor->environment();
}

void SetVariable(absl::string_view name, absl::string_view value, ExecutorLaunch* launch) {
  AddVariable(name, value, launch->executor.mutable_command());
  if (launch->task.has_command()) AddVariable(name, value, launch->task.mutable_command());
}

void SetPorts(const std::vector<Port>& ports, ExecutorLaunch* launch) {
  if (ports.empty()) return;
  auto* discovery = launch->task.mutable_discovery();
  discovery->set_visibility(mesos::v1::DiscoveryInfo::FRAMEWORK);
  discovery->set_name(launch->task.name());
  mesos::v1::Resource* resource = launch->task.add_resources();
  resource->set_name("ports");
  resource->set_type(mesos::v1::Value::RANGES);
  resource->mutable_allocation_info()->set_role("*");
  for (size_t i = 0; i < ports.size(); ++i) {
    const Port& port = ports[i];
    auto* range = resource->mutable_ranges()->add_range();
    range->set_begin(port.number);
    range->set_end(port.number);
    auto* declared = discovery->mutable_ports()->add_ports();
    declared->set_number(port.number);
    if (!port.name.empty()) declared->set_name(port.name);
    declared->set_protocol("tcp");
    for (const auto& [key, value] : port.labels) {
      auto* label = declared->mutable_labels()->add_labels();
      label->set_key(key);
      label->set_value(value);
    }
    SetVariable(absl::StrCat("PORT", i), absl::StrCat(port.number), launch);
    if (!port.name.empty()) {
      const std::string name = absl::StrReplaceAll(absl::AsciiStrToUpper(port.name), {{"-", "_"}});
      SetVariable(absl::StrCat("PORT_", name), absl::StrCat(port.number), launch);
    }
  }
  SetVariable("PORT", absl::StrCat(ports[0].number), launch);
  SetVariable(
      "PORTS",
      absl::StrJoin(ports, ",",
                    [](std::string* out, const Port& port) { absl::StrAppend(out, port.number); }),
      launch);
}

std::string ShellCommand(const std::vector<std::string>& words) {
  if (words.size() == 1) return words[0];
  return absl::StrJoin(words, " ", [](std::string* out, const std::string& word) {
    absl::StrAppend(out, Quoted(word));
  });
}

}  // namespace mesos_executor::dev_agent
