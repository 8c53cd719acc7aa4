#include "supervisor/lifecycle/sidecar_config.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr absl::string_view kListVariable = "ALLEGRO_EXECUTOR_SIDECARS";
constexpr absl::string_view kDirVariable = "ALLEGRO_EXECUTOR_SIDECAR_DIR";
constexpr absl::string_view kDefaultDir = "/run/mesos-executor";
constexpr size_t kMaxOwn = 16;
constexpr size_t kMaxName = 64;
constexpr absl::Duration kMaxDeadline = absl::Hours(1);

// The sidecars that come with the executor.
struct Ours {
  absl::string_view name;
  // Applies to tasks that have this label.
  absl::string_view label;
  // The seed's switch, where there is one.
  absl::string_view enabled;
  bool takes_spools = false;
};
constexpr Ours kOurs[] = {
    {"consul-registrar", "consul", "CONSUL_HOOK_ENABLED"},
    {"vaas-registrar", "director", "VAAS_HOOK_ENABLED"},
    {"log-shipper", "log-scraping", "", /*takes_spools=*/true},
};

bool IsSidecarName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxName && absl::ascii_islower(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

bool IsOurs(absl::string_view name) {
  return std::any_of(std::begin(kOurs), std::end(kOurs),
                     [&](const Ours& ours) { return ours.name == name; });
}

std::vector<std::string> Words(absl::string_view text, char separator) {
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(text, separator)) {
    word = absl::StripAsciiWhitespace(word);
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

class Reader {
 public:
  Reader(const Environment& environment, absl::string_view binaries_dir)
      : environment_(environment), binaries_dir_(binaries_dir) {
    socket_dir_ = Find(kDirVariable).value_or(std::string(kDefaultDir));
    if (socket_dir_[0] != '/') {
      Warn(kDirVariable, socket_dir_, "is not an absolute path", kDefaultDir);
      socket_dir_ = std::string(kDefaultDir);
    }
  }

  SidecarConfigs Read(const v1::Task& task) {
    for (const Ours& ours : kOurs) {
      if (!Applies(ours.name, {std::string(ours.label)}, task)) continue;
      if (!ours.enabled.empty() && !Enabled(ours.enabled)) continue;
      result_.sidecars.push_back(Config(ours.name));
      result_.sidecars.back().takes_spools = ours.takes_spools;
    }
    for (const std::string& name : OwnNames()) {
      if (Applies(name, {}, task)) result_.sidecars.push_back(Config(name));
    }
    return std::move(result_);
  }

 private:
  std::optional<std::string> Find(absl::string_view variable) const {
    auto value = environment_.Get(variable);
    if (value.has_value() && value->empty()) value.reset();
    return value;
  }

  static std::string Variable(absl::string_view sidecar, absl::string_view setting) {
    return absl::StrCat("ALLEGRO_EXECUTOR_SIDECAR_",
                        absl::AsciiStrToUpper(absl::StrReplaceAll(sidecar, {{"-", "_"}})), "_",
                        setting);
  }

  void Warn(absl::string_view variable, absl::string_view value, absl::string_view why,
            absl::string_view instead) {
    result_.warnings.push_back(absl::StrCat(variable, "=\"", absl::CHexEscape(value.substr(0, 200)),
                                            "\" ", why, "; taken instead: ", instead));
  }

  std::vector<std::string> OwnNames() {
    std::vector<std::string> names;
    for (const std::string& name : Words(Find(kListVariable).value_or(""), ',')) {
      if (!IsSidecarName(name)) {
        Warn(kListVariable, name,
             absl::StrCat("is not a name of at most ", kMaxName,
                          " lower-case letters, digits and dashes"),
             "no such sidecar");
      } else if (IsOurs(name)) {
        Warn(kListVariable, name, "comes with the executor and applies by label", "its labels");
      } else if (std::find(names.begin(), names.end(), name) != names.end()) {
        continue;
      } else if (names.size() == kMaxOwn) {
        Warn(kListVariable, name, absl::StrCat("comes after ", kMaxOwn, " others"),
             "no such sidecar");
      } else {
        names.push_back(name);
      }
    }
    return names;
  }

  bool Applies(absl::string_view name, std::vector<std::string> labels,
               const v1::Task& task) const {
    if (auto set = Find(Variable(name, "LABELS"))) labels = Words(*set, ',');
    if (labels.empty()) return true;
    return std::any_of(task.labels().begin(), task.labels().end(), [&](const v1::Label& label) {
      return std::find(labels.begin(), labels.end(), label.key()) != labels.end();
    });
  }

  bool Enabled(absl::string_view setting) {
    const std::string value = environment_.Setting(setting).value_or("");
    // The spellings that the seed takes (Go's strconv.ParseBool).
    for (absl::string_view yes : {"", "1", "t", "T", "TRUE", "true", "True"}) {
      if (value == yes) return true;
    }
    for (absl::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
      if (value == no) return false;
    }
    Warn(setting, value, "is neither true nor false", "true");
    return true;
  }

  absl::Duration Deadline(absl::string_view sidecar, absl::string_view phase,
                          absl::Duration otherwise) {
    const std::string variable = Variable(sidecar, absl::StrCat("DEADLINE_", phase));
    const auto value = Find(variable);
    if (!value.has_value()) return otherwise;
    const auto parsed = ParseDuration(*value);
    if (parsed.ok() && *parsed > absl::ZeroDuration() && *parsed <= kMaxDeadline) return *parsed;
    Warn(variable, *value, "is not a duration such as 10s, above 0 and at most 1h",
         absl::FormatDuration(otherwise));
    return otherwise;
  }

  void AddOwnSettings(const std::string& prefix, Settings& settings) const {
    const auto& variables = environment_.variables();
    for (auto set = variables.upper_bound(prefix);
         set != variables.end() && absl::StartsWith(set->first, prefix); ++set) {
      settings[set->first.substr(prefix.size())] = set->second;
    }
  }

  SidecarConfig Config(absl::string_view name) {
    SidecarConfig config;
    config.name = std::string(name);
    const std::string policy_variable = Variable(name, "POLICY");
    const std::string policy = Find(policy_variable).value_or("best-effort");
    if (policy == "required") {
      config.policy = Policy::kRequired;
    } else if (policy == "required-healthy") {
      config.policy = Policy::kRequiredHealthy;
    } else if (policy != "best-effort") {
      Warn(policy_variable, policy, "is none of best-effort, required, required-healthy",
           "best-effort");
    }
    config.before_start = Deadline(name, "BEFORE_START", config.before_start);
    config.healthy = Deadline(name, "HEALTHY", config.healthy);
    config.before_terminate = Deadline(name, "BEFORE_TERMINATE", config.before_terminate);
    config.socket =
        Find(Variable(name, "SOCKET")).value_or(absl::StrCat(socket_dir_, "/", name, ".sock"));
    config.command = Words(Find(Variable(name, "COMMAND")).value_or(""), ' ');
    if (config.command.empty()) config.command = {absl::StrCat(binaries_dir_, "/", name)};
    config.private_settings = PrivateSettings(environment_, name);
    AddOwnSettings(Variable(name, "SET_"), config.private_settings);
    return config;
  }

  const Environment& environment_;
  const absl::string_view binaries_dir_;
  std::string socket_dir_;
  SidecarConfigs result_;
};

}  // namespace

SidecarConfigs ConfigureSidecars(const Environment& environment, const v1::Task& task,
                                 absl::string_view binaries_dir) {
  return Reader(environment, binaries_dir).Read(task);
}

}  // namespace mesos_executor::lifecycle
