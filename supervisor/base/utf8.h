// Characters of UTF-8, for what may be anything.
#ifndef SUPERVISOR_BASE_UTF8_H_
#define SUPERVISOR_BASE_UTF8_H_

#include <cstddef>
#include <string_view>

namespace mesos_executor {

// The bytes of the character at the start of `text`, or 0 where there is none that is well-formed
// (Unicode 15, table 3-7).
size_t Utf8CharacterLength(std::string_view text);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_UTF8_H_
