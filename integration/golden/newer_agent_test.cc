// What an agent newer than our declarations may send: it is read, and passed on unharmed.
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "integration/golden/coverage.h"
#include "integration/golden/wire.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::JsonParseOptions;
using google::protobuf::util::JsonStringToMessage;
using mesos::v1::executor::Event;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kUnknownField = 500;
constexpr int kUnknownValue = 99;

// An Event of type LAUNCH whose task has the given bytes behind what is required.
std::string Launch(const std::string& more) {
  const std::string task = BytesField(1, "task") + BytesField(2, BytesField(1, "task-1")) +
                           BytesField(3, BytesField(1, "agent-1")) + more;
  return NumberField(1, Event::LAUNCH) + BytesField(4, BytesField(1, task));
}

TEST(NewerAgent, UnknownFieldsAreKeptAtEveryDepth) {
  const std::string unknown = NumberField(kUnknownField, 7);
  const std::string kill_policy = BytesField(12, BytesField(1, NumberField(1, 5) + unknown));
  const std::string wire = Launch(kill_policy + unknown) + unknown;
  Event event;
  ASSERT_TRUE(event.ParseFromString(wire));
  EXPECT_THAT(UnknownFields(event), ElementsAre("mesos.v1.executor.Event has the unknown field 500",
                                                "mesos.v1.TaskInfo has the unknown field 500",
                                                "mesos.v1.DurationInfo has the unknown field 500"));
  EXPECT_EQ(event.launch().task().kill_policy().grace_period().nanoseconds(), 5);
  EXPECT_EQ(event.SerializeAsString(), wire);
}

TEST(NewerAgent, UnknownEventTypeIsUnknown) {
  Event event;
  ASSERT_TRUE(event.ParseFromString(NumberField(1, kUnknownValue)));
  EXPECT_EQ(event.type(), Event::UNKNOWN);
  EXPECT_FALSE(event.has_type());
  EXPECT_EQ(event.SerializeAsString(), NumberField(1, kUnknownValue));
}

TEST(NewerAgent, UnknownValuesOfEnumsThatMesosRequiresCostNothing) {
  const std::string volume = BytesField(1, "/data") + NumberField(3, kUnknownValue);
  const std::string wire = Launch(BytesField(9, BytesField(2, volume)));
  Event event;
  ASSERT_TRUE(event.ParseFromString(wire));
  EXPECT_THAT(UnknownFields(event), ElementsAre("mesos.v1.Volume has the unknown field 3"));
  EXPECT_EQ(event.launch().task().container().volumes(0).container_path(), "/data");
  EXPECT_EQ(event.SerializeAsString(), wire);
}

// A required enum with an unknown value counts as missing, and the whole event as unreadable.
void FindRequiredEnums(const Descriptor* type, std::set<const Descriptor*>& done,
                       std::vector<std::string>& found) {
  if (!done.insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->is_required() && field->enum_type() != nullptr) found.push_back(field->full_name());
    if (field->message_type() != nullptr) FindRequiredEnums(field->message_type(), done, found);
  }
}

TEST(NewerAgent, NothingInAnEventIsARequiredEnum) {
  std::set<const Descriptor*> done;
  std::vector<std::string> found;
  FindRequiredEnums(Event::descriptor(), done, found);
  EXPECT_THAT(found, IsEmpty());
}

TEST(NewerAgent, JsonMayHaveUnknownFieldsAndValuesWhereTheReaderSaysSo) {
  const std::string json = R"({"type": "KILL", "new": {"x": [1]},
      "kill": {"task_id": {"value": "task-1", "new": 1}}})";
  JsonParseOptions options;
  Event event;
  EXPECT_FALSE(JsonStringToMessage(json, &event, options).ok());

  options.ignore_unknown_fields = true;
  ASSERT_TRUE(JsonStringToMessage(json, &event, options).ok());
  EXPECT_EQ(event.kill().task_id().value(), "task-1");

  ASSERT_TRUE(JsonStringToMessage(R"({"type": "NEW"})", &event, options).ok());
  EXPECT_EQ(event.type(), Event::UNKNOWN);
}

// stout prints 64-bit integers as numbers and infinity as text; protobuf prints both as text.
TEST(AnyAgent, JsonNumbersMayBeText) {
  for (const std::string number : {"9007199254740993", "\"9007199254740993\""}) {
    Event event;
    ASSERT_TRUE(JsonStringToMessage(
                    R"({"kill": {"task_id": {"value": "t"}, "kill_policy": {"grace_period": )"
                    R"({"nanoseconds": )" +
                        number + "}}}}",
                    &event)
                    .ok());
    EXPECT_EQ(event.kill().kill_policy().grace_period().nanoseconds(), 9007199254740993);
  }
  mesos::v1::Value::Scalar limit;
  ASSERT_TRUE(JsonStringToMessage(R"({"value": "Infinity"})", &limit).ok());
  EXPECT_GT(limit.value(), 1e308);
}

}  // namespace
}  // namespace mesos_executor
