#include "integration/bench/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos_executor::bench {
namespace {

std::string Cell(const Samples& samples) {
  if (samples.empty()) return "-";
  const auto [least, most] = std::minmax_element(samples.begin(), samples.end());
  return absl::StrFormat("%.3g (%.3g–%.3g)", Median(samples), *least, *most);
}

// StrFormat pads bytes; the dash of a range has three.
std::string Padded(const std::string& cell, size_t width) {
  const size_t characters =
      std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return cell + std::string(characters < width ? width - characters : 0, ' ');
}

}  // namespace

double Median(Samples samples) {
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

std::string Format(const std::vector<Row>& rows, bool with_peer) {
  std::string text =
      absl::StrCat(Padded("", 44), Padded("unit", 10), Padded("goal", 8), Padded("ours", 24),
                   with_peer ? Padded("peer", 24) : "", Padded("limit", 24), "ours/limit\n");
  for (const Row& row : rows) {
    std::string ratio;
    if (!row.ours.empty() && !row.limit.empty() && Median(row.limit) > 0) {
      ratio = absl::StrFormat("%.1f × %s", Median(row.ours) / Median(row.limit), row.limit_name);
    }
    absl::StrAppend(&text, Padded(row.name, 44), Padded(row.unit, 10),
                    Padded(absl::StrFormat("%.3g", row.goal), 8),
                    Padded(row.ours.empty() ? "NOT MEASURED" : Cell(row.ours), 24),
                    with_peer ? Padded(Cell(row.peer), 24) : "", Padded(Cell(row.limit), 24), ratio,
                    "\n");
  }
  return text;
}

std::vector<std::string> Unmeasured(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    if (row.ours.empty() || (row.limit.empty() && !row.limit_name.empty()))
      names.push_back(row.name);
  }
  return names;
}

}  // namespace mesos_executor::bench
