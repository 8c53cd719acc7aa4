// How fast lines become entries: bazel run -c opt //sidecars/log_shipper:format_bench
// Beside each format, what no format can be faster than: copying the bytes, finding the lines, and
// (for JSON) what simdjson takes for the same lines.
#include <simdjson.h>

#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "sidecars/log_shipper/line_splitter.h"
#include "sidecars/log_shipper/task_formats.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr size_t kLines = 100000;
constexpr int kRuns = 7;

// 200 bytes each.
constexpr char kJson[] =
    R"({"time":"2026-11-23T04:00:00.123Z","level":"INFO","logger":"com.example.Service",)"
    R"("msg":"served a request whose path was /index.html","thread":"main-1","ms":12.345,)"
    R"("status":200,"bytes":1234567})";
constexpr char kLogfmt[] =
    R"(time=2026-11-23T04:00:00.123Z level=INFO logger=com.example.Service )"
    R"(msg="served a request whose path was /index.html with a few more words" thread=main-1 )"
    R"(ms=12.345 status=200 bytes=1234567)";

std::string Input(std::string line) {
  line.resize(199, ' ');
  line += '\n';
  std::string input;
  for (size_t i = 0; i < kLines; ++i) input += line;
  return input;
}

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The best of several runs: what the machine does besides only ever adds.
void Show(const char* name, const std::function<size_t()>& run) {
  double best = 1e9;
  size_t bytes = 0;
  for (int i = 0; i < kRuns; ++i) {
    const double before = CpuSeconds();
    bytes = run();
    best = std::min(best, CpuSeconds() - before);
  }
  std::cout << absl::StrFormat("%-36s %7.2f M lines/s %7.1f ns/line %9d bytes out\n", name,
                               kLines / best / 1e6, best / kLines * 1e9, bytes);
}

// Hands over the input as a file's reads would, and what comes of it in batches.
size_t Split(absl::string_view input,
             const std::function<void(absl::string_view line, std::string* batch)>& take) {
  LineSplitter splitter;
  std::string batch;
  size_t bytes = 0;
  while (!input.empty()) {
    const absl::Span<char> space = splitter.Space();
    const size_t size = std::min(space.size(), input.size());
    memcpy(space.data(), input.data(), size);
    input.remove_prefix(size);
    splitter.Added(size);
    while (const auto line = splitter.Next()) take(line->text, &batch);
    bytes += batch.size();
    batch.clear();
  }
  return bytes;
}

size_t Format(const std::string& input, const char* name) {
  lifecycle::v1::Task task;
  task.set_executor_id("service.0123-4567");
  task.set_agent_hostname("agent-1.example.com");
  (*task.mutable_settings())["CLOUD_REGION"] = "west";
  for (const auto& [key, value] : {std::pair{"log-scraping", name}, std::pair{"scId", "42"}}) {
    auto* label = task.add_labels();
    label->set_key(key);
    label->set_value(value);
  }
  const TaskFormats formats("host.example.com");
  std::vector<std::string> warnings;
  const auto format = formats.Make(task, &warnings);
  const absl::Time now = absl::Now();
  return Split(
      input, [&](absl::string_view line, std::string* batch) { format->Append(line, now, batch); });
}

size_t OnDemand(const std::string& input) {
  simdjson::ondemand::parser parser;
  size_t bytes = 0;
  Split(input, [&](absl::string_view line, std::string*) {
    simdjson::ondemand::document document;
    const simdjson::padded_string_view view(line.data(), line.size(),
                                            line.size() + LineFormat::kPadding);
    simdjson::ondemand::object object;
    if (parser.iterate(view).get(document) != simdjson::SUCCESS) return;
    if (document.get_object().get(object) != simdjson::SUCCESS) return;
    for (auto result : object) {
      simdjson::ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return;
      bytes += field.value().raw_json_token().size();
    }
  });
  return bytes;
}

size_t Dom(const std::string& input) {
  simdjson::dom::parser parser;
  size_t members = 0;
  Split(input, [&](absl::string_view line, std::string*) {
    simdjson::dom::object object;
    if (parser.parse(line.data(), line.size(), false).get(object) == simdjson::SUCCESS) {
      members += object.size();
    }
  });
  return members;
}

void Main() {
  const std::string json = Input(kJson);
  const std::string logfmt = Input(kLogfmt);
  std::string copy(json.size(), ' ');
  Show("memcpy", [&] {
    memcpy(copy.data(), json.data(), json.size());
    return copy.size();
  });
  Show("lines", [&] {
    return Split(json, [](absl::string_view line, std::string* batch) {
      batch->append(line.data(), line.size());
    });
  });
  Show("lines, simdjson on demand (no entry)", [&] { return OnDemand(json); });
  Show("lines, simdjson DOM (no entry)", [&] { return Dom(json); });
  Show("json", [&] { return Format(json, "json"); });
  Show("logfmt", [&] { return Format(logfmt, "logfmt"); });
  Show("raw", [&] { return Format(json, "raw"); });
}

}  // namespace
}  // namespace mesos_executor::log_shipper

int main() {
  mesos_executor::log_shipper::Main();
  return 0;
}
