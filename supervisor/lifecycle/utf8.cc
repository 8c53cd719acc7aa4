#include "supervisor/lifecycle/utf8.h"

#include "supervisor/base/utf8.h"

namespace mesos_executor::lifecycle {

std::string ToUtf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length == 0) {
      result += '?';
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

}  // namespace mesos_executor::lifecycle
