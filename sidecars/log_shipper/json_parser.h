// Lines that are JSON objects.
#ifndef SIDECARS_LOG_SHIPPER_JSON_PARSER_H_
#define SIDECARS_LOG_SHIPPER_JSON_PARSER_H_

#include <memory>
#include <vector>

#include "sidecars/log_shipper/line_parser.h"

namespace mesos_executor::log_shipper {

// Takes one object a line, by RFC 8259's grammar, and at most kDeepest levels of it. Values stay as
// they are written: numbers of any precision, nested objects, escapes. Only what readers refuse is
// repaired: a byte that is no UTF-8, and half a surrogate pair, as they stand where a writer cuts a
// text, become U+FFFD.
class JsonParser : public LineParser {
 public:
  static constexpr int kDeepest = 100;

  JsonParser();
  ~JsonParser() override;

  bool Parse(absl::string_view line, std::vector<Member>* members) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_JSON_PARSER_H_
