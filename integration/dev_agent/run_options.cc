#include "integration/dev_agent/run_options.h"

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "integration/dev_agent/flag_values.h"

namespace mesos_executor::dev_agent {
namespace {

namespace po = boost::program_options;

constexpr int kMaxPorts = 100;

po::options_description Description() {
  const auto text = [](const char* default_value = nullptr) {
    auto* value = po::value<std::string>();
    return default_value == nullptr ? value : value->default_value(default_value);
  };
  po::options_description options("Options", 110, 50);
  options.add_options()("help,h", "print this")(
      "executor", text()->value_name("PATH"),
      "the executor; by default the mesos-executor built with this program")(
      "command-in", text("executor")->value_name("executor|task"),
      "where COMMAND goes: into the executor's own command, as Marathon does, or into the task's")(
      "name", text("dev-task")->value_name("NAME"), "the task's name; its id is NAME.UUID")(
      "label", po::value<Texts>()->value_name("K=V"), "a label of the task; may be repeated")(
      "env", po::value<Texts>()->value_name("K=V"), "an environment variable; may be repeated")(
      "ports", text("0")->value_name("N"),
      "allocate N free ports: $PORT0 and so on, $PORT, $PORTS, and in the discovery info")(
      "port", po::value<Texts>()->value_name("NAME=N[,label=K:V]..."),
      "a named port, with labels; N=0 is a free one; may be repeated")(
      "health", text()->value_name("http:/PATH|tcp:|command:CMD"),
      "health check, on the first port")("health-delay", text("0s")->value_name("D"),
                                         "before the first check")(
      "health-interval", text("1s")->value_name("D"), "between checks")(
      "health-timeout", text("5s")->value_name("D"), "of one check")(
      "health-grace", text("10s")->value_name("D"), "in which failures don't count")(
      "health-failures", text("3")->value_name("N"), "failures in a row that kill the task")(
      "kill-policy", text()->value_name("D"), "the task's grace period, from SIGTERM to SIGKILL")(
      "kill-after", text()->value_name("D"), "send KILL this long after TASK_RUNNING")(
      "for", text()->value_name("D"), "send KILL this long after the start, then exit")(
      "shutdown-grace", text("5s")->value_name("D"),
      "how long the executor may take from SHUTDOWN to SIGKILL")(
      "checkpoint", po::bool_switch(),
      "as a framework that checkpoints: the executor survives us a while")(
      "user", text()->value_name("NAME"), "run the executor as this user (needs root)")(
      "container-destroy", text("on")->value_name("on|off"),
      "off: when the executor is gone, leave alone what it left behind")(
      "sandbox", text()->value_name("DIR"),
      "the executor's working directory, made if need be; by default a new temporary one. It is "
      "kept")("json", po::bool_switch(), "print the timeline as JSON lines, and nothing else");
  options.add_options()("recovery-timeout", text("15mins")->value_name("D"),
                        "with --checkpoint: how long the executor may try to find its agent again")(
      "capability", po::value<Texts>()->value_name("NAME"),
      "a capability of the framework, such as TASK_KILLING_STATE; may be repeated, and replaces "
      "the "
      "default list")(
      "unix-socket", text()->implicit_value("")->value_name("[=PATH]"),
      "serve the executor's API on a Unix socket too, by default beside the sandbox")(
      "jwt-secret", text()->value_name("FILE"),
      "demand tokens that are signed with this file's content, and give the executor one")(
      "tls-certificate", text()->value_name("FILE"),
      "speak TLS on TCP, with this certificate (PEM, with those between it and the CA)")(
      "tls-key", text()->value_name("FILE"), "its key (PEM)")(
      "tls-client-ca", text()->value_name("FILE"),
      "demand client certificates that one of these (PEM) has signed")(
      "fault", po::value<Texts>()->value_name("'WHEN WHAT'"),
      "let something go wrong, see below; may be repeated");
  return options;
}

absl::StatusOr<Port> ParsePort(const std::string& text) {
  const absl::Status wrong =
      Wrong("port", text, "NAME=NUMBER and then any number of ,label=KEY:VALUE");
  Port port;
  const Texts parts = absl::StrSplit(text, ',');
  const size_t equals = parts[0].find('=');
  uint32_t number = 0;
  if (equals == std::string::npos || equals == 0 ||
      !absl::SimpleAtoi(parts[0].substr(equals + 1), &number) || number > 65535) {
    return wrong;
  }
  port.name = parts[0].substr(0, equals);
  port.number = static_cast<uint16_t>(number);
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    absl::string_view label = *part;
    const size_t colon = label.find(':');
    if (!absl::ConsumePrefix(&label, "label=") || colon == absl::string_view::npos) return wrong;
    const std::pair<std::string, std::string> pair = absl::StrSplit(label, absl::MaxSplits(':', 1));
    port.labels.push_back(pair);
  }
  return port;
}

absl::Status ReadPorts(const Values& values, std::vector<Port>* ports) {
  for (const std::string& text : values.List("port")) {
    auto port = ParsePort(text);
    if (!port.ok()) return port.status();
    ports->push_back(*std::move(port));
  }
  uint32_t count = 0;
  if (auto status = values.Read("ports", kMaxPorts, &count); !status.ok()) return status;
  ports->resize(ports->size() + count);
  return absl::OkStatus();
}

absl::Status ReadHealth(const Values& values, bool has_port, RunOptions* options) {
  if (!values.Has("health")) return absl::OkStatus();
  using mesos::v1::HealthCheck;
  HealthCheck& check = options->health.emplace();
  const std::string text = values.Text("health");
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "command:") && !rest.empty()) {
    check.set_type(HealthCheck::COMMAND);
    check.mutable_command()->set_value(std::string(rest));
  } else if (absl::ConsumePrefix(&rest, "http:") && absl::StartsWith(rest, "/")) {
    check.set_type(HealthCheck::HTTP);
    check.mutable_http()->set_scheme("http");
    check.mutable_http()->set_path(std::string(rest));
  } else if (text == "tcp:") {
    check.set_type(HealthCheck::TCP);
  } else {
    return Wrong("health", text, "http:/PATH, tcp: or command:CMD");
  }
  if (check.type() != HealthCheck::COMMAND && !has_port) {
    return absl::InvalidArgumentError(
        absl::StrCat("--health ", text, ": needs a port: add --ports 1"));
  }
  absl::Duration delay, interval, timeout, grace;
  uint32_t failures = 0;
  for (absl::Status status :
       {values.Read("health-delay", &delay), values.Read("health-interval", &interval),
        values.Read("health-timeout", &timeout), values.Read("health-grace", &grace),
        values.Read("health-failures", 1'000'000, &failures)}) {
    if (!status.ok()) return status;
  }
  check.set_delay_seconds(absl::ToDoubleSeconds(delay));
  check.set_interval_seconds(absl::ToDoubleSeconds(interval));
  check.set_timeout_seconds(absl::ToDoubleSeconds(timeout));
  check.set_grace_period_seconds(absl::ToDoubleSeconds(grace));
  check.set_consecutive_failures(failures);
  return absl::OkStatus();
}

absl::Status ReadCapabilities(const Values& values, RunOptions* options) {
  using mesos::v1::FrameworkInfo;
  if (!values.Has("capability")) return absl::OkStatus();
  options->capabilities.emplace();
  for (const std::string& name : values.List("capability")) {
    FrameworkInfo::Capability::Type type;
    if (!FrameworkInfo::Capability::Type_Parse(name, &type)) {
      return Wrong("capability", name, "a name like TASK_KILLING_STATE or PARTITION_AWARE");
    }
    options->capabilities->push_back(type);
  }
  return absl::OkStatus();
}

absl::Status ReadAgentFlags(const Values& values, RunOptions* options) {
  if (auto status = ReadCapabilities(values, options); !status.ok()) return status;
  if (auto status = values.Read("recovery-timeout", &options->recovery_timeout); !status.ok()) {
    return status;
  }
  for (const std::string& text : values.List("fault")) {
    auto fault = ParseFault(text);
    if (!fault.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--", fault.status().message()));
    }
    options->faults.push_back(*std::move(fault));
  }
  if (values.Has("unix-socket")) options->unix_socket = values.Text("unix-socket");
  options->jwt_secret_file = values.Text("jwt-secret");
  options->tls = {.certificate_file = values.Text("tls-certificate"),
                  .key_file = values.Text("tls-key"),
                  .client_ca_file = values.Text("tls-client-ca")};
  const bool certificate = values.Has("tls-certificate");
  if (certificate != values.Has("tls-key") || (!certificate && values.Has("tls-client-ca"))) {
    return absl::InvalidArgumentError(
        "--tls-certificate and --tls-key go together; --tls-client-ca needs both");
  }
  return absl::OkStatus();
}

absl::StatusOr<Values> Parse(const Texts& arguments) {
  try {
    po::variables_map map;
    // Names are to be written out: a new option must not change what an abbreviation means.
    constexpr int kStyle =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto description = Description();
    const auto parsed = po::command_line_parser(arguments).options(description).style(kStyle).run();
    for (const auto& option : parsed.options) {
      if (option.position_key < 0) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "'", option.value.empty() ? "" : option.value[0],
          "' is no option: the task's command goes behind --, as in: dev-agent run -- sleep 60"));
    }
    po::store(parsed, map);
    return Values(std::move(map));
  } catch (const po::error& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), "; see: dev-agent run --help"));
  }
}

}  // namespace

absl::StatusOr<RunOptions> ParseRunOptions(const std::vector<std::string>& arguments) {
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  const auto values = Parse(Texts(arguments.begin(), separator));
  if (!values.ok()) return values.status();
  RunOptions options;
  options.help = values->Has("help");
  if (options.help) return options;

  if (separator != arguments.end()) {
    options.command = ShellCommand(Texts(separator + 1, arguments.end()));
  }
  if (options.command.empty()) {
    return absl::InvalidArgumentError(
        "no command: write it behind --, as in: dev-agent run -- sleep 60");
  }
  if (auto status = ReadAgentFlags(*values, &options); !status.ok()) return status;
  bool in_task = false, leave = false;
  for (absl::Status status :
       {values->Read("command-in", "executor", "task", &in_task),
        values->Read("container-destroy", "on", "off", &leave),
        values->Read("label", &options.labels), values->Read("env", &options.variables),
        ReadPorts(*values, &options.ports), values->Read("kill-policy", &options.kill_policy),
        values->Read("kill-after", &options.kill_after), values->Read("for", &options.run_for),
        values->Read("shutdown-grace", &options.shutdown_grace)}) {
    if (!status.ok()) return status;
  }
  if (auto status = ReadHealth(*values, !options.ports.empty(), &options); !status.ok()) {
    return status;
  }
  options.command_in = in_task ? CommandIn::kTask : CommandIn::kExecutor;
  options.container_destroy = !leave;
  options.name = values->Text("name");
  if (options.name.empty() || options.name.find('/') != std::string::npos) {
    return Wrong("name", options.name, "a name without /");
  }
  options.executor = values->Text("executor");
  options.user = values->Text("user");
  options.sandbox = values->Text("sandbox");
  options.checkpoint = values->Switch("checkpoint");
  options.json = values->Switch("json");
  return options;
}

std::string RunHelp() {
  std::ostringstream help;
  help
      << R"(Runs one task under an executor, as a Mesos agent would, and shows all that passes between them.

  dev-agent run [options] -- COMMAND

Ctrl-C sends KILL, so that the task ends gracefully; a second one sends SHUTDOWN, a third kills the container.
The exit code is 0 if the task ended as asked (TASK_FINISHED, or TASK_KILLED after we killed it), 1 if not, 2 for a
mistake on the command line.

Example: a web server with a health check, known to Consul as "hello", killed after half a minute:

  dev-agent run --ports 1 --label consul=hello --health http:/ --kill-policy 3s --for 30s \
      -- 'exec python3 -m http.server $PORT0'

A COMMAND of one word is a shell command; several words are quoted for the shell. Durations: 5s, 1m30s, 500ms, 90secs.

)" << Description()
      << "\n"
      << kFaultHelp;
  return help.str();
}

}  // namespace mesos_executor::dev_agent
