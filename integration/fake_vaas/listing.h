// A list, page by page, as tastypie gives it.
#ifndef INTEGRATION_FAKE_VAAS_LISTING_H_
#define INTEGRATION_FAKE_VAAS_LISTING_H_

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "integration/fake_vaas/exchange.h"

namespace mesos_executor::fake_vaas {

// Names and values in their order, as they were sent (not decoded).
using Query = std::vector<std::pair<std::string, std::string>>;

Query ParseQuery(absl::string_view text);
// The last value of that name, decoded, or "".
std::string Value(const Query& query, absl::string_view name);

// `rows` are those that the filters left, in order.
Reply ListReply(absl::string_view path, const Query& query, std::vector<nlohmann::json> rows);

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_LISTING_H_
