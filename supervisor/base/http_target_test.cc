#include "supervisor/base/http_target.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor {
namespace {

TEST(HttpTargetTest, IsAPathThatCanBeSentAsItIs) {
  EXPECT_TRUE(CheckHttpTarget("/").ok());
  EXPECT_TRUE(CheckHttpTarget("/a%20b?c=d&e").ok());
  EXPECT_TRUE(CheckHttpTarget("/" + std::string((8 << 10) - 1, 'x')).ok());
}

TEST(HttpTargetTest, SaysWhatIsWrong) {
  for (const char* target : {"", "health", "?a", "http://host/"}) {
    EXPECT_EQ(CheckHttpTarget(target).message(), "does not start with /") << target;
  }
  for (const char* target : {"/a b", "/a\r\nX: y", "/\x7f", "/\xc3\xa4"}) {
    EXPECT_EQ(CheckHttpTarget(target).message(),
              "has blanks, control characters or bytes outside ASCII: write them as %XX")
        << target;
  }
  EXPECT_EQ(CheckHttpTarget("/" + std::string(8 << 10, 'x')).message(),
            "has 8193 bytes, more than 8192");
}

}  // namespace
}  // namespace mesos_executor
