#include "integration/golden/coverage.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "google/protobuf/unknown_field_set.h"

namespace mesos_executor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Calls `visit` for each value of each field that is set, parents first; the index is -1 where the
// field has only one value.
void ForEachValue(const Message& message,
                  const std::function<void(const Message&, const FieldDescriptor*, int)>& visit) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      visit(message, field, field->is_repeated() ? i : -1);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ForEachValue(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                          : reflection->GetMessage(message, field),
                     visit);
      }
    }
  }
}

void AddUnknown(const Message& message, std::vector<std::string>& found) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    found.push_back(absl::StrCat(message.GetDescriptor()->full_name(), " has the unknown field ",
                                 unknown.field(i).number()));
  }
}

void AddDeclared(const Descriptor* type, std::set<const Descriptor*>& done,
                 std::set<std::string>& names) {
  if (!done.insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    names.insert(field->full_name());
    if (field->message_type() != nullptr) AddDeclared(field->message_type(), done, names);
    if (const auto* values = field->enum_type(); values != nullptr) {
      for (int k = 0; k < values->value_count(); ++k) names.insert(values->value(k)->full_name());
    }
  }
}

}  // namespace

void Coverage::Add(const Message& message) {
  ForEachValue(message, [this](const Message& parent, const FieldDescriptor* field, int index) {
    seen_.insert(field->full_name());
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return;
    const auto* reflection = parent.GetReflection();
    seen_.insert((index < 0 ? reflection->GetEnum(parent, field)
                            : reflection->GetRepeatedEnum(parent, field, index))
                     ->full_name());
  });
}

std::vector<std::string> Coverage::Missing(const std::vector<const Descriptor*>& roots) const {
  std::set<const Descriptor*> done;
  std::set<std::string> names;
  for (const Descriptor* root : roots) AddDeclared(root, done, names);
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (!seen_.contains(name)) missing.push_back(name);
  }
  return missing;
}

std::vector<std::string> UnknownFields(const Message& message) {
  std::vector<std::string> found;
  AddUnknown(message, found);
  ForEachValue(message, [&found](const Message& parent, const FieldDescriptor* field, int index) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
    const auto* reflection = parent.GetReflection();
    AddUnknown(index < 0 ? reflection->GetMessage(parent, field)
                         : reflection->GetRepeatedMessage(parent, field, index),
               found);
  });
  return found;
}

}  // namespace mesos_executor
