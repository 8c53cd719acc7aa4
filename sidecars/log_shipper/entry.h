// The entries that are shipped: one JSON object a line, with the fields of the seed's.
#ifndef SIDECARS_LOG_SHIPPER_ENTRY_H_
#define SIDECARS_LOG_SHIPPER_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/key_table.h"

namespace mesos_executor::log_shipper {

// A member of the object that a line is, as JSON text. The views are the parser's.
struct Member {
  // Without quotes, and unescaped.
  absl::string_view key;
  // `"key": value`. Of two members that follow one another the texts lie in one buffer, and between
  // them is nothing but a comma and whitespace.
  absl::string_view text;
  // The end of `text`.
  absl::string_view value;
};

// What is the same in all entries of a task.
struct EntryFacts {
  // "instance-id": the executor's id.
  std::string instance_id;
  // "scid", from the label scId.
  std::optional<int64_t> scid;
  // "srchost", "region" and "zone": left out where empty.
  std::string source_host;
  std::string region;
  std::string zone;
};

// Makes the entries of a task:
//   {"@timestamp":T,"@version":V,"message":M,<the line's other members as written>,<the facts>}
// T is the line's "@timestamp", else its "time": a string that isn't empty, as written. Else it is
// the time of reading (RFC 3339, milliseconds, UTC), and a "time" that is no such string stays a
// member. V is its "@version", else 1. M is its "message", else its "msg"; without both there is
// none. Of these the last counts where the line has one twice. A member whose key the task ignores
// is as if it weren't there. A member with the key of one of our facts is left out. Any other key
// that the line has twice, the entry has twice.
class EntryWriter {
 public:
  EntryWriter(const EntryFacts& facts, const std::vector<std::string>& ignored_keys);

  // Appends the entry of a line with those members, and "\n".
  void WriteMembers(const std::vector<Member>& members, absl::Time read_at, std::string* entries);

  // Appends an entry of our own, which tells the reader of the task's log about the log itself.
  void WriteNotice(absl::string_view message, absl::Time at, std::string* entries) {
    WriteText(message, "WARN", "log-shipper", at, entries);
  }

  // Appends the entry of a plain text. `level` and `logger` are left out where empty.
  void WriteText(absl::string_view text, absl::string_view level, absl::string_view logger,
                 absl::Time at, std::string* entries);

 private:
  void AppendTime(absl::Time time, std::string* entries);

  KeyTable keys_;
  // The facts, and what ends an entry.
  std::string facts_;
  // Lines that are read together have one time: it is written once.
  absl::Time last_time_ = absl::InfinitePast();
  std::string last_time_text_;
  std::vector<absl::string_view> kept_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_ENTRY_H_
