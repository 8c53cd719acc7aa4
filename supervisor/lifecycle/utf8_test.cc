#include "supervisor/lifecycle/utf8.h"

#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

TEST(ToUtf8, KeepsWellFormedTextOfEveryLength) {
  for (const std::string text : {"", "plain", "\xC2\xA3", "\xE2\x82\xAC", "\xED\x9F\xBF",
                                 "\xF0\x9F\x90\x98", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(ToUtf8, ReplacesEachByteOfWhatIsNotWellFormed) {
  EXPECT_EQ(ToUtf8("a\xFF"
                   "b"),
            "a?b");
  EXPECT_EQ(ToUtf8("\x80"), "?") << "a continuation alone";
  EXPECT_EQ(ToUtf8("\xC0\xAF"), "??") << "overlong, two bytes";
  EXPECT_EQ(ToUtf8("\xE0\x80\x80"), "???") << "overlong, three bytes";
  EXPECT_EQ(ToUtf8("\xF0\x80\x80\x80"), "????") << "overlong, four bytes";
  EXPECT_EQ(ToUtf8("\xED\xA0\x80"), "???") << "a surrogate";
  EXPECT_EQ(ToUtf8("\xF4\x90\x80\x80"), "????") << "beyond the last character";
  EXPECT_EQ(ToUtf8("\xE2\x82"), "??") << "cut at the end";
  EXPECT_EQ(ToUtf8("\xE2\x82"
                   "a"),
            "??a")
      << "cut in the middle";
}

TEST(ToUtf8, KeepsZeroBytes) { EXPECT_EQ(ToUtf8(std::string("a\0b", 3)), std::string("a\0b", 3)); }

}  // namespace
}  // namespace mesos_executor::lifecycle
