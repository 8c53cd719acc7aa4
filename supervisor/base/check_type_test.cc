#include "supervisor/base/check_type.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

// The type's name, or what is wrong.
template <typename Check>
std::string Read(const std::string& text) {
  Check check;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &check)) << text;
  const auto type = TypeOf(check);
  return type.ok() ? Check::Type_Name(*type) : std::string(type.status().message());
}

struct Case {
  const char* check;
  const char* type;
};

constexpr Case kInferred[] = {
    {"http { port: 1 }", "HTTP"},
    {"tcp { port: 1 }", "TCP"},
    {"type: UNKNOWN tcp { port: 1 }", "TCP"},
    {"type: TCP http { port: 1 } tcp { port: 2 }", "TCP"},
    {"", "none of command, http and tcp is set"},
    {"http { port: 1 } tcp { port: 1 }",
     "more than one of command, http and tcp is set, and no type says which one counts"},
    {"type: TCP http { port: 1 }", "type is TCP, but tcp is not set"},
    {"type: HTTP tcp { port: 1 }", "type is HTTP, but http is not set"},
    {"type: COMMAND", "type is COMMAND, but command is not set"},
};

TEST(CheckTypeTest, IsWhatIsSaidOrElseTheOnlyOneThatIsSet) {
  for (const Case& c : kInferred) {
    EXPECT_EQ(Read<mesos::v1::HealthCheck>(c.check), c.type) << c.check;
    EXPECT_EQ(Read<mesos::v1::CheckInfo>(c.check), c.type) << c.check;
  }
  EXPECT_EQ(Read<mesos::v1::HealthCheck>("command { value: 'true' }"), "COMMAND");
  EXPECT_EQ(Read<mesos::v1::CheckInfo>("command { command { value: 'true' } }"), "COMMAND");
}

}  // namespace
}  // namespace mesos_executor
