// Pieces of JSON (RFC 8259), as text.
#ifndef SIDECARS_LOG_SHIPPER_JSON_TEXT_H_
#define SIDECARS_LOG_SHIPPER_JSON_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

// Appends what stands between the quotes of a string that holds `text`: well-formed whatever `text`
// is. A byte that is no UTF-8 becomes U+FFFD.
void AppendEscaped(absl::string_view text, std::string* json);

// Appends the string that holds `text`, with its quotes.
void AppendString(absl::string_view text, std::string* json);

// `text` with U+FFFD for each byte that is no UTF-8.
void AppendRepaired(absl::string_view text, std::string* repaired);

// An escape in a string, as `\n` or `\u20AC`.
struct JsonEscape {
  // With its backslash; both escapes of a surrogate pair. 0 where `text` begins with none.
  size_t length;
  // Half of a pair, without the other: the grammar allows it, but it is no character and many
  // readers refuse it.
  bool lone_surrogate;
};
JsonEscape ReadEscape(absl::string_view text);

// What a lone surrogate becomes: as long as it.
inline constexpr absl::string_view kReplacementEscape = "\\ufffd";

// Whether it is a number by JSON's grammar.
bool IsNumber(absl::string_view text);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_JSON_TEXT_H_
