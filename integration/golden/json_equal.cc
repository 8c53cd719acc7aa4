#include "integration/golden/json_equal.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace mesos_executor {
namespace {

using nlohmann::json;

void DropAbsent(json& value) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) {
      const bool absent = it->is_null() || (it->is_array() && it->empty());
      it = absent ? value.erase(it) : std::next(it);
    }
  }
  if (value.is_structured()) {
    for (json& part : value) DropAbsent(part);
  }
}

bool SameLeaf(const json& left, const json& right) {
  if (left.is_number_integer() && right.is_string()) return left.dump() == right.get<std::string>();
  if (left.is_string() && right.is_number_integer()) return SameLeaf(right, left);
  return left == right;
}

std::string Difference(const std::string& path, const json& left, const json& right) {
  if (left.is_object() && right.is_object()) {
    for (const auto& [key, value] : right.items()) {
      if (!left.contains(key)) return absl::StrCat(path, "/", key, ": only on the right");
    }
    for (const auto& [key, value] : left.items()) {
      if (!right.contains(key)) return absl::StrCat(path, "/", key, ": only on the left");
      const std::string found = Difference(absl::StrCat(path, "/", key), value, right[key]);
      if (!found.empty()) return found;
    }
    return "";
  }
  if (left.is_array() && right.is_array() && left.size() == right.size()) {
    for (size_t i = 0; i < left.size(); ++i) {
      const std::string found = Difference(absl::StrCat(path, "/", i), left[i], right[i]);
      if (!found.empty()) return found;
    }
    return "";
  }
  if (SameLeaf(left, right)) return "";
  return absl::StrCat(path, ": ", left.dump(), " against ", right.dump());
}

json Parse(const std::string& text) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  DropAbsent(parsed);
  return parsed;
}

}  // namespace

std::string JsonDifference(const std::string& left, const std::string& right) {
  const json parsed_left = Parse(left);
  const json parsed_right = Parse(right);
  if (parsed_left.is_discarded()) return "the left side is no JSON";
  if (parsed_right.is_discarded()) return "the right side is no JSON";
  return Difference("", parsed_left, parsed_right);
}

}  // namespace mesos_executor
