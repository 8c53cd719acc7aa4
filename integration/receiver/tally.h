// What came to a receiver: how many lines, and which of a numbered series.
#ifndef INTEGRATION_RECEIVER_TALLY_H_
#define INTEGRATION_RECEIVER_TALLY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesos_executor::receiver {

// A plain value.
struct Counts {
  uint64_t lines = 0;
  uint64_t bytes = 0;
  // Of the lines with a number: how many different ones; those that came again; and those that came
  // for the first time, but after a higher one.
  uint64_t distinct = 0;
  uint64_t repeated = 0;
  uint64_t late = 0;
  // Connections so far, and datagrams that the kernel had no room for.
  uint64_t connections = 0;
  uint64_t overruns = 0;

  // "lines=1 bytes=2 …", and back; what isn't said is zero.
  std::string Text() const;
  static Counts FromText(std::string_view text);
};

// Pure. A line's number is the decimal after the first `"seq":` in it.
class Tally {
 public:
  // Higher numbers are none.
  static constexpr uint64_t kMaxNumber = uint64_t{1} << 30;

  // False: numbers aren't looked for, which is faster.
  explicit Tally(bool numbers) : numbers_(numbers) {}

  // Whole lines, each with its newline.
  void Add(std::string_view lines);

  Counts counts;

 private:
  void AddNumber(uint64_t number);

  const bool numbers_;
  std::vector<bool> seen_;
  uint64_t highest_ = 0;
};

}  // namespace mesos_executor::receiver

#endif  // INTEGRATION_RECEIVER_TALLY_H_
