#include "protos/mesos/v1/mesos_json.h"

#include <cctype>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos_executor {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
// Keeps the order of declaration when printing; reading by name is faster without.
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kMaxDepth = 128;
constexpr int kMaxValues = 1 << 18;

// Before anything is built: how deep objects and lists are nested, and how many values there are.
// What isn't JSON is counted as something, and refused later.
absl::Status CheckBounds(absl::string_view text) {
  bool quoted = false;
  int depth = 0;
  int values = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    quoted = c == '"';
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == '{' || c == '[' || c == ',') ++values;
    if (depth > kMaxDepth) return absl::InvalidArgumentError("Nested too deeply");
    if (values > kMaxValues) return absl::InvalidArgumentError("Too many values");
  }
  return absl::OkStatus();
}

absl::Status Unexpected(const Json& value, const FieldDescriptor* field) {
  return absl::InvalidArgumentError(
      absl::StrCat("Not expecting a JSON ", value.type_name(), " for field '", field->name(), "'"));
}

// Sets a field, or adds to it if it is repeated.
template <typename T>
void Put(Message* message, const FieldDescriptor* field, T value,
         void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
         void (Reflection::*add)(Message*, const FieldDescriptor*, T) const) {
  (message->GetReflection()->*(field->is_repeated() ? add : set))(message, field, std::move(value));
}

absl::Status ReadText(const std::string& text, const FieldDescriptor* field, Message* message) {
  if (field->type() == FieldDescriptor::TYPE_ENUM) {
    const auto* value = field->enum_type()->FindValueByName(text);
    if (value != nullptr) {
      Put(message, field, value, &Reflection::SetEnum, &Reflection::AddEnum);
    } else if (field->is_required()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Failed to find enum for '", absl::CHexEscape(text.substr(0, 100)), "'"));
    }
    return absl::OkStatus();
  }
  std::string value = text;
  if (field->type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(text, &value)) {
    std::string why = "Invalid length";
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/' || c == '=') continue;
      why = absl::StrCat("Invalid character '", std::string(1, c), "'");
      break;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to base64 decode bytes field '", field->name(), "': ", why));
  }
  Put(message, field, std::move(value), &Reflection::SetString, &Reflection::AddString);
  return absl::OkStatus();
}

absl::Status ReadNumber(const Json& value, const FieldDescriptor* field, Message* message) {
  const bool whole = value.is_number_integer();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      Put(message, field, value.get<double>(), &Reflection::SetDouble, &Reflection::AddDouble);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      if (!whole) return Unexpected(value, field);
      Put(message, field, value.get<int32_t>(), &Reflection::SetInt32, &Reflection::AddInt32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      if (!whole) return Unexpected(value, field);
      Put(message, field, value.get<int64_t>(), &Reflection::SetInt64, &Reflection::AddInt64);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      if (!whole) return Unexpected(value, field);
      Put(message, field, value.get<uint32_t>(), &Reflection::SetUInt32, &Reflection::AddUInt32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT64:
      if (!whole) return Unexpected(value, field);
      Put(message, field, value.get<uint64_t>(), &Reflection::SetUInt64, &Reflection::AddUInt64);
      return absl::OkStatus();
    default:
      return Unexpected(value, field);
  }
}

absl::Status ReadObject(const Json& object, Message* message);

absl::Status ReadMap(const Json& object, const FieldDescriptor* field, Message* message);

absl::Status ReadOne(const Json& value, const FieldDescriptor* field, Message* message) {
  if (value.is_object() && field->is_map()) return ReadMap(value, field, message);
  if (value.is_object() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const Reflection* reflection = message->GetReflection();
    return ReadObject(value, field->is_repeated() ? reflection->AddMessage(message, field)
                                                  : reflection->MutableMessage(message, field));
  }
  if (value.is_boolean() && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    Put(message, field, value.get<bool>(), &Reflection::SetBool, &Reflection::AddBool);
    return absl::OkStatus();
  }
  if (value.is_number()) return ReadNumber(value, field, message);
  if (value.is_string() && (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                            field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM)) {
    return ReadText(value.get_ref<const std::string&>(), field, message);
  }
  if (value.is_string() && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    // A number in quotes, as protobuf's own JSON has 64-bit integers, and as a map's key.
    const Json number = Json::parse(value.get_ref<const std::string&>(), nullptr, false);
    if (number.is_number()) return ReadNumber(number, field, message);
  }
  return Unexpected(value, field);
}

absl::Status ReadMap(const Json& object, const FieldDescriptor* field, Message* message) {
  for (const auto& [key, value] : object.items()) {
    Message* entry = message->GetReflection()->AddMessage(message, field);
    const auto* type = entry->GetDescriptor();
    if (auto status = ReadOne(Json(key), type->map_key(), entry); !status.ok()) {
      return status;
    }
    if (auto status = ReadOne(value, type->map_value(), entry); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status ReadObject(const Json& object, Message* message) {
  for (const auto& [name, value] : object.items()) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    if (!value.is_array()) {
      if (auto status = ReadOne(value, field, message); !status.ok()) return status;
      continue;
    }
    if (!field->is_repeated() || field->is_map()) return Unexpected(value, field);
    for (const Json& element : value) {
      if (auto status = ReadOne(element, field, message); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// The rest of the line at which reading stopped, and that line's number, as picojson tells them.
std::string SyntaxError(absl::string_view text, size_t read) {
  const absl::string_view before = text.substr(0, std::min(read, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const absl::string_view after = text.substr(before.size());
  return absl::StrCat("Failed to parse body into JSON: syntax error at line ", line,
                      " near: ", absl::CHexEscape(after.substr(0, after.find('\n'))));
}

OrderedJson Print(const Message& message);

// `index` is -1 for a field that isn't repeated.
OrderedJson PrintOne(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& get = *message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? get.GetInt32(message, field) : get.GetRepeatedInt32(message, field, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? get.GetInt64(message, field) : get.GetRepeatedInt64(message, field, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? get.GetUInt32(message, field) : get.GetRepeatedUInt32(message, field, index);
    case FieldDescriptor::CPPTYPE_UINT64:
      return one ? get.GetUInt64(message, field) : get.GetRepeatedUInt64(message, field, index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? get.GetDouble(message, field) : get.GetRepeatedDouble(message, field, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? get.GetFloat(message, field) : get.GetRepeatedFloat(message, field, index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? get.GetBool(message, field) : get.GetRepeatedBool(message, field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (one ? get.GetEnum(message, field) : get.GetRepeatedEnum(message, field, index))
          ->name();
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          one ? get.GetString(message, field) : get.GetRepeatedString(message, field, index);
      return field->type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Print(one ? get.GetMessage(message, field)
                       : get.GetRepeatedMessage(message, field, index));
  }
  return nullptr;
}

OrderedJson Print(const Message& message) {
  OrderedJson object = OrderedJson::object();
  const auto* type = message.GetDescriptor();
  const Reflection& get = *message.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!field->is_repeated()) {
      if (get.HasField(message, field)) object[field->name()] = PrintOne(message, field, -1);
      continue;
    }
    for (int j = 0; j < get.FieldSize(message, field); ++j) {
      if (field->is_map()) {
        const Message& entry = get.GetRepeatedMessage(message, field, j);
        const auto* entry_type = entry.GetDescriptor();
        const auto key = PrintOne(entry, entry_type->map_key(), -1).get<std::string>();
        object[field->name()][key] = PrintOne(entry, entry_type->map_value(), -1);
      } else {
        object[field->name()].push_back(PrintOne(message, field, j));
      }
    }
  }
  return object;
}

}  // namespace

absl::Status ParseMesosJson(absl::string_view text, Message* message) {
  if (auto status = CheckBounds(text); !status.ok()) return status;
  Json json;
  try {
    json = Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    return absl::InvalidArgumentError(SyntaxError(text, error.byte));
  } catch (const Json::exception& error) {  // A number that no double can hold.
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to parse body into JSON: ", error.what()));
  }
  absl::Status status = json.is_object() ? ReadObject(json, message)
                                         : absl::InvalidArgumentError("Expecting a JSON object");
  if (status.ok() && !message->IsInitialized()) {
    status = absl::InvalidArgumentError(
        absl::StrCat("Missing required fields: ", message->InitializationErrorString()));
  }
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("Failed to convert JSON into ",
                                                 message->GetDescriptor()->name(),
                                                 " protobuf: ", status.message()));
}

std::string PrintMesosJson(const Message& message) {
  // Text that isn't UTF-8 is printed all the same, with replacement characters.
  return Print(message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mesos_executor
