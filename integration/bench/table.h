// What the benchmark prints: rows of samples, side by side. Pure.
#ifndef INTEGRATION_BENCH_TABLE_H_
#define INTEGRATION_BENCH_TABLE_H_

#include <string>
#include <vector>

namespace mesos_executor::bench {

// Samples of one thing measured; empty where there was nothing to measure.
using Samples = std::vector<double>;

// The middle one (of the two middle ones the mean). There must be one.
double Median(Samples samples);

struct Row {
  std::string name;
  std::string unit;
  // The value that we aim for.
  double goal = 0;
  Samples ours;
  // Another executor in the same run.
  Samples peer;
  // The least that this machine could need for it, and how that was measured.
  Samples limit;
  std::string limit_name;
};

// A line a row: median, and in brackets the least and the most, of each column; then ours as a
// multiple of the limit. A row without samples of ours says "NOT MEASURED".
std::string Format(const std::vector<Row>& rows, bool with_peer);

// The names of rows in which ours, or a limit that has a name, was not measured. A peer may lack
// what a row is about.
std::vector<std::string> Unmeasured(const std::vector<Row>& rows);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_TABLE_H_
