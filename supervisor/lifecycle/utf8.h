// Protocol Buffers' strings are UTF-8; what comes from environments and frameworks may be anything.
#ifndef SUPERVISOR_LIFECYCLE_UTF8_H_
#define SUPERVISOR_LIFECYCLE_UTF8_H_

#include <string>
#include <string_view>

namespace mesos_executor::lifecycle {

// `text` with "?" for each byte that belongs to no well-formed character (Unicode 15, table 3-7).
std::string ToUtf8(std::string_view text);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_UTF8_H_
