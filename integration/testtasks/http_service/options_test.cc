#include "integration/testtasks/http_service/options.h"

#include <gtest/gtest.h>

namespace mesos_executor::http_service {
namespace {

TEST(OptionsTest, ThePortIsTheArgumentElsePort0) {
  EXPECT_EQ(ParseOptions({}, "31000")->port, 31000);
  EXPECT_EQ(ParseOptions({"--port", "0"}, "31000")->port, 0);
  EXPECT_EQ(ParseOptions({"--port=65535"}, "")->port, 65535);
}

TEST(OptionsTest, ReadsItsFlags) {
  const auto options = ParseOptions({"--daemon", "--ignore-sigterm"}, "1");
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->daemon);
  EXPECT_TRUE(options->ignore_sigterm);
  EXPECT_FALSE(ParseOptions({}, "1")->daemon);
  EXPECT_FALSE(ParseOptions({}, "1")->ignore_sigterm);
}

TEST(OptionsTest, HelpNeedsNoPort) { EXPECT_TRUE(ParseOptions({"--help"}, "")->help); }

TEST(OptionsTest, SaysWhatIsWrong) {
  EXPECT_EQ(ParseOptions({}, "").status().message(), "no port: set $PORT0 or give --port N");
  EXPECT_EQ(ParseOptions({"--port", "65536"}, "").status().message(),
            "port 65536: not a number from 0 to 65535");
  EXPECT_EQ(ParseOptions({"--port", "-1"}, "").status().message(),
            "port -1: not a number from 0 to 65535");
  EXPECT_EQ(ParseOptions({"--port"}, "1").status().message(), "--port: not understood; try --help");
  EXPECT_EQ(ParseOptions({"x"}, "1").status().message(), "x: not understood; try --help");
}

}  // namespace
}  // namespace mesos_executor::http_service
