#include "sidecars/log_shipper/entry_check.h"

#include <glog/logging.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/parsed_format.h"

namespace mesos_executor::log_shipper {
namespace {

using nlohmann::json;

// A byte becomes six at most, and our own fields are few.
constexpr size_t kGrowth = 6;
constexpr size_t kOurs = 300;

// Remembers whether all that is wrong is a number's size.
class Acceptor : public nlohmann::detail::json_sax_acceptor<json> {
 public:
  bool parse_error(std::size_t, const std::string&, const json::exception& error) {
    constexpr int kNumberOverflow = 406;
    too_large = error.id == kNumberOverflow;
    return false;
  }
  bool too_large = false;
};

}  // namespace

std::optional<bool> IsJson(absl::string_view text) {
  Acceptor acceptor;
  const bool accepted = json::sax_parse(text.begin(), text.end(), &acceptor);
  if (acceptor.too_large) return std::nullopt;
  return accepted;
}

json CheckedEntry(LineParser* parser, absl::string_view line, bool* parsed) {
  // Of the exact size, so that a sanitizer sees what reads beyond it.
  const std::unique_ptr<char[]> padded(new char[line.size() + LineFormat::kPadding]);
  if (!line.empty()) memcpy(padded.get(), line.data(), line.size());
  constexpr absl::string_view kBehind = "\n\r\"}],:{[1";
  memset(padded.get() + line.size(), kBehind[line.size() % kBehind.size()], LineFormat::kPadding);
  line = {padded.get(), line.size()};

  const auto writer = std::make_shared<EntryWriter>(EntryFacts{"executor", 1, "host", "", ""},
                                                    std::vector<std::string>{"ignored"});
  // The parser is its caller's.
  const std::shared_ptr<LineParser> shared(parser, [](LineParser*) {});
  ParsedFormat format(shared, writer, nullptr);
  std::string entry;
  LineFormat::Result result = format.Append(line, absl::UnixEpoch(), &entry);
  *parsed = result == LineFormat::Result::kEntry;
  if (!*parsed) {
    CHECK(entry.empty());
    ParsedFormat wrapping(shared, writer,
                          std::make_unique<TextFormat>(
                              writer, TextFormat::Kind{"INFO", "invalid-format"}, std::nullopt));
    result = wrapping.Append(line, absl::UnixEpoch(), &entry);
  }
  if (line.empty()) return nullptr;
  CHECK(result == LineFormat::Result::kEntry);
  CHECK_LE(entry.size(), kGrowth * line.size() + kOurs);
  CHECK_EQ(entry.find('\n'), entry.size() - 1) << entry;
  CHECK_EQ(entry.find('\0'), entry.npos) << entry;
  CHECK(IsJson(entry).value_or(true)) << entry;
  json object = json::parse(entry, nullptr, false);
  if (object.is_discarded()) return nullptr;
  CHECK(object.is_object());
  CHECK_EQ(object["scid"], 1);
  CHECK_EQ(object["instance-id"], "executor");
  CHECK_EQ(object["srchost"], "host");
  CHECK_EQ(object.count("ignored"), 0u);
  CHECK(object["@timestamp"].is_string());
  return object;
}

}  // namespace mesos_executor::log_shipper
