#include "integration/fake_vaas/options.h"

#include <boost/program_options.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::fake_vaas {
namespace {

namespace po = boost::program_options;

absl::StatusOr<Reload> ParseReload(const std::string& text) {
  const std::pair<const char*, Reload> kKnown[] = {{"works", Reload::kWorks},
                                                   {"fails", Reload::kFails},
                                                   {"worker-down", Reload::kWorkerDown},
                                                   {"queue-down", Reload::kQueueDown}};
  for (const auto& [name, reload] : kKnown) {
    if (text == name) return reload;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--reload '", text, "' is none of: works, fails, worker-down, queue-down"));
}

}  // namespace

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  Settings& settings = options.settings;
  std::string reload = "works";
  std::string delay = "0s";
  po::options_description known;
  auto add = known.add_options();
  add("port", po::value(&settings.port));
  add("username", po::value(&settings.username));
  add("key", po::value(&settings.key));
  add("dc", po::value(&settings.dcs));
  add("director", po::value(&settings.directors));
  add("clusterless-director", po::value(&settings.clusterless_directors));
  add("reload", po::value(&reload));
  add("newest", po::bool_switch(&settings.newest));
  add("delay", po::value(&delay));
  add("help,h", po::bool_switch(&options.help));
  try {
    namespace style = po::command_line_style;
    po::variables_map values;
    po::store(po::command_line_parser(arguments)
                  .options(known)
                  .positional(po::positional_options_description())
                  .style(style::default_style & ~style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), "; see --help"));
  }
  const auto parsed_reload = ParseReload(reload);
  if (!parsed_reload.ok()) return parsed_reload.status();
  settings.reload = *parsed_reload;
  const auto parsed_delay = ParseDuration(delay);
  if (!parsed_delay.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--delay: ", parsed_delay.status().message()));
  }
  settings.delay = *parsed_delay;
  return options;
}

std::string Help() {
  return R"(fake_vaas: a stand-in for VaaS (Varnish as a Service) on 127.0.0.1.

It answers the part of VaaS' API v0.1 that registrars use as the real one was recorded to, prints
its address, and serves until it gets SIGTERM or SIGINT. It has no Varnish and forgets all at its
end.

  --port N                     where it listens; 0, the default: a free port
  --username NAME, --key KEY   who may ask; by default user and key
  --dc SYMBOL                  a data centre, as often as wanted; by default dc1
  --director NAME              a director, as often as wanted; by default web
  --clusterless-director NAME  a director without a cluster: its changes are done at once
  --reload HOW                 how changes come into Varnish:
                                 works        they do (the default)
                                 fails        kept, but answered with 500, or the task fails
                                 worker-down  kept, but never answered, or the task stays pending
                                 queue-down   kept, but never answered
  --newest                     wants a connect_timeout with each addition, and one tag at the most
  --delay DURATION             every answer comes so late, such as 2s
  --help                       this text

  curl -H 'Authorization: ApiKey user:key' http://127.0.0.1:N/api/v0.1/director/
)";
}

}  // namespace mesos_executor::fake_vaas
