#include "supervisor/agent/recordio_decoder.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::agent {
namespace {

// 2^64 - 1 has 20 digits.
constexpr size_t kMaxDigits = 20;

}  // namespace

std::vector<std::string> RecordIoDecoder::Decode(absl::string_view bytes) {
  std::vector<std::string> records;
  while (status_.ok() && !bytes.empty()) {
    if (in_record_) {
      const size_t taken = std::min(missing_, bytes.size());
      record_.append(bytes.data(), taken);
      bytes.remove_prefix(taken);
      missing_ -= taken;
    } else {
      const char next = bytes.front();
      bytes.remove_prefix(1);
      if (next == '\n') {
        status_ = TakeLength();
      } else if (absl::ascii_isdigit(next) && digits_.size() < kMaxDigits) {
        digits_ += next;
      } else {
        status_ = absl::InvalidArgumentError(
            absl::StrCat("not RecordIO: \"", digits_, absl::CHexEscape(absl::string_view(&next, 1)),
                         "\" where a record's length was expected"));
      }
    }
    if (in_record_ && missing_ == 0) {
      records.push_back(std::exchange(record_, {}));
      in_record_ = false;
    }
  }
  return records;
}

absl::Status RecordIoDecoder::TakeLength() {
  uint64_t length;
  if (!absl::SimpleAtoi(digits_, &length)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not RecordIO: \"", digits_, "\" is not a record's length"));
  }
  if (length > max_record_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a record of ", length, " bytes: more than the limit of ", max_record_));
  }
  digits_.clear();
  missing_ = length;
  in_record_ = true;
  return absl::OkStatus();
}

}  // namespace mesos_executor::agent
