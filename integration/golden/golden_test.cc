// Messages that mesos-go made: each as wire bytes and as JSON (see README.md).
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "integration/golden/coverage.h"
#include "integration/golden/json_equal.h"
#include "integration/golden/newer_fields.h"
#include "integration/golden/test_data.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::Message;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using testing::ElementsAre;
using testing::IsEmpty;

struct Golden {
  std::string name;  // Of the files, without the suffix.
  const Message* prototype;
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

// One for each type of event and of call that we declare.
std::vector<Golden> AllGolden() {
  std::vector<Golden> all;
  const auto add = [&all](const std::string& prefix, const EnumDescriptor* types,
                          const Message& prototype) {
    for (int i = 0; i < types->value_count(); ++i) {
      all.push_back({prefix + absl::AsciiStrToLower(types->value(i)->name()), &prototype});
    }
  };
  add("event_", Event::Type_descriptor(), Event::default_instance());
  add("call_", Call::Type_descriptor(), Call::default_instance());
  return all;
}

std::unique_ptr<Message> ParseWire(const Golden& golden) {
  std::unique_ptr<Message> message(golden.prototype->New());
  EXPECT_TRUE(message->ParseFromString(ReadTestData("mesos_go/" + golden.name + ".pb")));
  return message;
}

class GoldenTest : public testing::TestWithParam<Golden> {};

INSTANTIATE_TEST_SUITE_P(MesosGo, GoldenTest, testing::ValuesIn(AllGolden()),
                         [](const auto& info) { return info.param.name; });

TEST_P(GoldenTest, WireHasNothingThatWeDoNotDeclare) {
  EXPECT_THAT(UnknownFields(*ParseWire(GetParam())), IsEmpty());
}

TEST_P(GoldenTest, WeMakeTheSameBytes) {
  EXPECT_EQ(ParseWire(GetParam())->SerializeAsString(),
            ReadTestData("mesos_go/" + GetParam().name + ".pb"));
}

TEST_P(GoldenTest, JsonIsTheSameMessageAsWire) {
  std::unique_ptr<Message> message(GetParam().prototype->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      ReadTestData("mesos_go/" + GetParam().name + ".json"), message.get());
  ASSERT_TRUE(parsed.ok()) << parsed.ToString();
  EXPECT_EQ(message->SerializeAsString(), ReadTestData("mesos_go/" + GetParam().name + ".pb"));
}

TEST_P(GoldenTest, WePrintTheSameJson) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  ASSERT_TRUE(
      google::protobuf::util::MessageToJsonString(*ParseWire(GetParam()), &json, options).ok());
  EXPECT_EQ(JsonDifference(ReadTestData("mesos_go/" + GetParam().name + ".json"), json), "");
}

std::vector<const google::protobuf::Descriptor*> Roots() {
  return {Event::descriptor(), Call::descriptor()};
}

TEST(GoldenCoverage, EveryFieldAndEnumValueIsSeenButThoseNewerThanMesosGo) {
  Coverage coverage;
  for (const Golden& golden : AllGolden()) coverage.Add(*ParseWire(golden));
  std::vector<std::string> missing = coverage.Missing(Roots());
  // Volumes of storage plugins came with Mesos 1.11, and mesos-go has none of their messages.
  EXPECT_GT(std::erase_if(missing,
                          [](const std::string& name) {
                            return absl::StartsWith(name, "mesos.v1.Volume.Source.CSIVolume.");
                          }),
            0);
  EXPECT_THAT(
      missing,
      ElementsAre("mesos.v1.CapabilityInfo.BPF",                 // Since Linux 5.8.
                  "mesos.v1.CapabilityInfo.CHECKPOINT_RESTORE",  // Since Linux 5.9.
                  "mesos.v1.CapabilityInfo.PERFMON",             // Since Linux 5.8.
                  "mesos.v1.Volume.Source.CSI_VOLUME", "mesos.v1.Volume.Source.csi_volume"));
}

TEST(GoldenCoverage, HandMadeBytesShowTheRest) {
  Event event;
  ASSERT_TRUE(event.ParseFromString(LaunchWithNewerFields()));
  EXPECT_THAT(UnknownFields(event), IsEmpty());
  EXPECT_EQ(event.SerializeAsString(), LaunchWithNewerFields());

  Coverage coverage;
  for (const Golden& golden : AllGolden()) coverage.Add(*ParseWire(golden));
  coverage.Add(event);
  EXPECT_THAT(coverage.Missing(Roots()), IsEmpty());
}

}  // namespace
}  // namespace mesos_executor
