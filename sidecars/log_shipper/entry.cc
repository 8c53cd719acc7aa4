#include "sidecars/log_shipper/entry.h"

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/json_text.h"

namespace mesos_executor::log_shipper {
namespace {

using Role = KeyTable::Role;

bool IsTime(absl::string_view value) { return value.size() > 2 && value[0] == '"'; }

void Append(absl::string_view text, std::string* entries) {
  entries->append(text.data(), text.size());
}

}  // namespace

EntryWriter::EntryWriter(const EntryFacts& facts, const std::vector<std::string>& ignored_keys) {
  for (const std::string& key : ignored_keys) keys_.Add(key, Role::kDropped);
  keys_.Add("@timestamp", Role::kTimestamp);
  keys_.Add("time", Role::kTime);
  keys_.Add("@version", Role::kVersion);
  keys_.Add("message", Role::kMessage);
  keys_.Add("msg", Role::kMsg);

  const auto add = [this](absl::string_view key, absl::string_view value) {
    keys_.Add(key, Role::kDropped);
    absl::StrAppend(&facts_, ",\"", key, "\":", value);
  };
  const auto add_text = [&add](absl::string_view key, absl::string_view value) {
    if (value.empty()) return;
    std::string text;
    AppendString(value, &text);
    add(key, text);
  };
  add_text("instance-id", facts.instance_id);
  if (facts.scid.has_value()) add("scid", absl::StrCat(*facts.scid));
  add_text("srchost", facts.source_host);
  add_text("region", facts.region);
  add_text("zone", facts.zone);
  facts_ += "}\n";
}

void EntryWriter::WriteMembers(const std::vector<Member>& members, absl::Time read_at,
                               std::string* entries) {
  absl::string_view timestamp, time, version, message, msg;
  // Members that follow one another are copied as one.
  kept_.clear();
  bool follows = false;
  for (const Member& member : members) {
    bool keep = false;
    switch (keys_.Find(member.key)) {
      case Role::kMember:
        keep = true;
        break;
      case Role::kDropped:
        break;
      case Role::kTimestamp:
        if (IsTime(member.value)) timestamp = member.value;
        break;
      case Role::kTime:
        keep = !IsTime(member.value);
        if (!keep) time = member.value;
        break;
      case Role::kVersion:
        version = member.value;
        break;
      case Role::kMessage:
        message = member.value;
        break;
      case Role::kMsg:
        msg = member.value;
        break;
    }
    if (keep && follows) {
      absl::string_view& run = kept_.back();
      run = {run.data(), static_cast<size_t>(member.text.end() - run.data())};
    } else if (keep) {
      kept_.push_back(member.text);
    }
    follows = keep;
  }

  Append("{\"@timestamp\":", entries);
  if (timestamp.empty()) timestamp = time;
  if (timestamp.empty()) {
    AppendTime(read_at, entries);
  } else {
    Append(timestamp, entries);
  }
  Append(",\"@version\":", entries);
  Append(version.empty() ? "1" : version, entries);
  if (message.empty()) message = msg;
  if (!message.empty()) {
    Append(",\"message\":", entries);
    Append(message, entries);
  }
  for (const absl::string_view run : kept_) {
    entries->push_back(',');
    Append(run, entries);
  }
  Append(facts_, entries);
}

void EntryWriter::WriteText(absl::string_view text, absl::string_view level,
                            absl::string_view logger, absl::Time at, std::string* entries) {
  Append("{\"@timestamp\":", entries);
  AppendTime(at, entries);
  Append(",\"@version\":1,\"message\":", entries);
  AppendString(text, entries);
  if (!level.empty()) absl::StrAppend(entries, ",\"level\":\"", level, "\"");
  if (!logger.empty()) absl::StrAppend(entries, ",\"logger\":\"", logger, "\"");
  Append(facts_, entries);
}

void EntryWriter::AppendTime(absl::Time time, std::string* entries) {
  if (time != last_time_) {
    last_time_ = time;
    last_time_text_ = absl::FormatTime("\"%Y-%m-%dT%H:%M:%E3SZ\"", time, absl::UTCTimeZone());
  }
  Append(last_time_text_, entries);
}

}  // namespace mesos_executor::log_shipper
