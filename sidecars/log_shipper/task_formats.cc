#include "sidecars/log_shipper/task_formats.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sidecars/log_shipper/entry.h"
#include "sidecars/log_shipper/json_parser.h"
#include "sidecars/log_shipper/logfmt_parser.h"
#include "sidecars/log_shipper/multiline_rule.h"
#include "sidecars/log_shipper/parsed_format.h"
#include "sidecars/log_shipper/text_format.h"
#include "sidecars/runtime/task_lookup.h"

namespace mesos_executor::log_shipper {
namespace {

using lifecycle::v1::Task;

constexpr size_t kMostIgnoredKeys = 100;

// Of a task whose format nobody knows.
class NoParser : public LineParser {
 public:
  bool Parse(absl::string_view, std::vector<Member>*) override { return false; }
};

absl::string_view LabelOf(const Task& task, absl::string_view key) {
  const std::string* value = FindLabel(task.labels(), key);
  return value == nullptr ? absl::string_view() : *value;
}

EntryFacts FactsOf(const Task& task, const std::string& host_name,
                   std::vector<std::string>* warnings) {
  EntryFacts facts;
  facts.instance_id = task.executor_id();
  const absl::string_view scid = LabelOf(task, "scId");
  int64_t number;
  if (absl::SimpleAtoi(scid, &number)) {
    facts.scid = number;
  } else {
    warnings->push_back(
        absl::StrCat("label scId is ", Quoted(scid), ", not a number: entries have no scid"));
  }
  facts.source_host = task.agent_hostname();
  if (facts.source_host.empty()) facts.source_host = TaskSetting(task, "CLOUD_HOSTNAME", host_name);
  facts.region = TaskSetting(task, "CLOUD_REGION");
  facts.zone = TaskSetting(task, "CLOUD_AVAILABILITY_ZONE");
  return facts;
}

std::vector<std::string> IgnoredKeysOf(const Task& task, std::vector<std::string>* warnings) {
  constexpr absl::string_view kName = "SERVICELOG_IGNORE_KEYS";
  std::vector<std::string> keys = absl::StrSplit(TaskSetting(task, kName), ',', absl::SkipEmpty());
  if (keys.size() > kMostIgnoredKeys) {
    warnings->push_back(absl::StrCat(kName, " has ", keys.size(), " keys: only the first ",
                                     kMostIgnoredKeys, " are ignored"));
    keys.resize(kMostIgnoredKeys);
  }
  return keys;
}

std::optional<MultilineRule> RuleOf(const Task& task, std::vector<std::string>* warnings) {
  constexpr absl::string_view kLabel = "executor-log-multiline";
  const std::string* value = FindLabel(task.labels(), kLabel);
  if (value == nullptr) return std::nullopt;
  absl::StatusOr<MultilineRule> rule = MultilineRule::Parse(*value);
  if (rule.ok()) return *std::move(rule);
  warnings->push_back(absl::StrCat("label ", kLabel, " is left aside: ", rule.status().message()));
  return std::nullopt;
}

}  // namespace

TaskFormats::TaskFormats(std::string host_name)
    : host_name_(std::move(host_name)),
      json_(std::make_shared<JsonParser>()),
      logfmt_(std::make_shared<LogfmtParser>()),
      nothing_(std::make_shared<NoParser>()) {}

std::unique_ptr<LineFormat> TaskFormats::Make(const Task& task,
                                              std::vector<std::string>* warnings) const {
  constexpr absl::string_view kLabel = "log-scraping";
  const auto writer = std::make_shared<EntryWriter>(FactsOf(task, host_name_, warnings),
                                                    IgnoredKeysOf(task, warnings));
  std::optional<MultilineRule> rule = RuleOf(task, warnings);
  const absl::string_view format = LabelOf(task, kLabel);
  if (format == "raw") {
    return std::make_unique<TextFormat>(writer, TextFormat::Kind{}, std::move(rule));
  }
  const auto& parser = format == "json" || format == "logstash" ? json_
                       : format == "logfmt"                     ? logfmt_
                                                                : nothing_;
  if (parser == nothing_) {
    warnings->push_back(absl::StrCat("label ", kLabel, " is ", Quoted(format),
                                     ": use json, logstash, logfmt or raw; no line is shipped"));
  }
  std::unique_ptr<TextFormat> others;
  if (parser != nothing_ && !LabelOf(task, "log-scraping-all").empty()) {
    others = std::make_unique<TextFormat>(writer, TextFormat::Kind{"INFO", "invalid-format"},
                                          std::move(rule));
  }
  return std::make_unique<ParsedFormat>(parser, writer, std::move(others));
}

}  // namespace mesos_executor::log_shipper
