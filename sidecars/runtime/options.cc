#include "sidecars/runtime/options.h"

#include <boost/program_options.hpp>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sidecars/runtime/metrics_endpoint.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::sidecar {
namespace {

namespace po = boost::program_options;

// Shorter, and a supervisor cannot be back in time: it pauses for 2 s and gives a connection 5 s.
// Longer, and what is dead stays registered.
constexpr absl::Duration kShortestLease = absl::Seconds(10);
constexpr absl::Duration kLongestLease = absl::Hours(24);

po::options_description Describe(const SidecarInfo& info) {
  const std::string socket = absl::StrCat("/run/mesos-executor/", info.name, ".sock");
  const std::string state = absl::StrCat("/var/lib/mesos-executor/", info.name);
  po::options_description description("Options");
  description.add_options()                                                            //
      ("socket", po::value<std::string>()->value_name("PATH")->default_value(socket),  //
       "serve the supervisors of this host on a Unix socket here, unless systemd passes one, "
       "named lifecycle")                                                                       //
      ("state-dir", po::value<std::string>()->value_name("PATH")->default_value(state),         //
       "remember here what must be undone, across restarts")                                    //
      ("lease", po::value<std::string>()->value_name("TIME")->default_value("30s"),             //
       "undo what was done for a task whose supervisor is gone for so long")                    //
      ("group", po::value<std::string>()->value_name("NAME"),                                   //
       "whose members may connect (default: mesos-executor, where there is such a group)")      //
      ("metrics", po::value<std::string>()->value_name("WHERE"),                                //
       "show metrics to Prometheus at unix:PATH, 127.0.0.1:PORT or [::1]:PORT (GET /metrics)")  //
      ("take-over", po::bool_switch(),                                                          //
       "where another process serves already, wait up to a minute for it to end, then serve in its "
       "place: start this one first, then stop that one")  //
      ("allow-foreign-peers", po::bool_switch(),           //
       "serve also processes of foreign PID or user namespaces; those whose users have no number "
       "here are all one user then")                                                             //
      ("private", po::value<std::string>()->value_name("FD"),                                    //
       "serve one supervisor on this inherited socket and end with it; used by mesos-executor")  //
      ("settings-fd", po::value<std::string>()->value_name("FD"),                                //
       "read the settings from this descriptor, as NAME=value, each ended by a zero byte, not "
       "from the environment")  //
      ("descriptors-fd", po::value<std::string>()->value_name("FD"),
       "with --private: take descriptors of the task from this inherited socket")  //
      ("debug", po::bool_switch(), "log more")                                     //
      ("version", po::bool_switch(), "print the version")                          //
      ("help,h", po::bool_switch(), "print this");
  return description;
}

absl::StatusOr<std::optional<int>> Descriptor(const po::variables_map& values, const char* name) {
  if (!values.count(name)) return std::nullopt;
  const std::string& text = values[name].as<std::string>();
  int fd;
  if (!absl::SimpleAtoi(text, &fd) || fd < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, ": not a descriptor's number: ", text));
  }
  return fd;
}

absl::StatusOr<Options> Read(const po::variables_map& values) {
  Options options;
  options.take_over = values["take-over"].as<bool>();
  options.allow_foreign_peers = values["allow-foreign-peers"].as<bool>();
  options.debug = values["debug"].as<bool>();
  options.version = values["version"].as<bool>();
  options.help = values["help"].as<bool>();
  options.socket = values["socket"].as<std::string>();
  options.state_directory = values["state-dir"].as<std::string>();
  if (values.count("group")) options.group = values["group"].as<std::string>();

  const auto lease = ParseDuration(values["lease"].as<std::string>());
  if (!lease.ok())
    return absl::InvalidArgumentError(absl::StrCat("--lease: ", lease.status().message()));
  if (*lease < kShortestLease || *lease > kLongestLease) {
    return absl::InvalidArgumentError(absl::StrCat("--lease must be between ",
                                                   absl::FormatDuration(kShortestLease), " and ",
                                                   absl::FormatDuration(kLongestLease)));
  }
  options.lease = *lease;

  if (values.count("metrics")) {
    auto metrics = ParseMetricsEndpoint(values["metrics"].as<std::string>());
    if (!metrics.ok())
      return absl::InvalidArgumentError(absl::StrCat("--metrics: ", metrics.status().message()));
    options.metrics = *std::move(metrics);
  }

  const auto private_fd = Descriptor(values, "private");
  if (!private_fd.ok()) return private_fd.status();
  options.private_fd = *private_fd;
  const auto settings_fd = Descriptor(values, "settings-fd");
  if (!settings_fd.ok()) return settings_fd.status();
  options.settings_fd = *settings_fd;
  const auto descriptors_fd = Descriptor(values, "descriptors-fd");
  if (!descriptors_fd.ok()) return descriptors_fd.status();
  options.descriptors_fd = *descriptors_fd;

  for (const char* name :
       {"socket", "state-dir", "lease", "group", "metrics", "take-over", "allow-foreign-peers"}) {
    if (options.private_fd && values.count(name) && !values[name].defaulted()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--", name,
          " has no meaning with --private: a private sidecar has no socket and no state"));
    }
  }
  return options;
}

}  // namespace

absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv, const SidecarInfo& info) {
  po::variables_map values;
  try {
    // No option is guessed from its first letters, and there is nothing but options.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv)
                  .options(Describe(info))
                  .style(style)
                  .positional(po::positional_options_description())
                  .run(),
              values);
  } catch (const po::error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return Read(values);
}

std::string HelpText(const SidecarInfo& info) {
  std::ostringstream text;
  text << info.name << ": " << info.description << "\n\nUsage: " << info.name << " [OPTION...]\n\n"
       << Describe(info)
       << "\nSettings, from the environment (each also with the prefix ALLEGRO_EXECUTOR_, which "
          "wins):\n"
       << info.settings_help;
  return text.str();
}

}  // namespace mesos_executor::sidecar
