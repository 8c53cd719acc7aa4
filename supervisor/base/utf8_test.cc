#include "supervisor/base/utf8.h"

#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

TEST(Utf8CharacterLength, IsThatOfTheFirstCharacter) {
  EXPECT_EQ(Utf8CharacterLength("ab"), 1u);
  EXPECT_EQ(Utf8CharacterLength(std::string_view("\0", 1)), 1u);
  EXPECT_EQ(Utf8CharacterLength("\xC2\xA3z"), 2u);
  EXPECT_EQ(Utf8CharacterLength("\xE2\x82\xACz"), 3u);
  EXPECT_EQ(Utf8CharacterLength("\xF4\x8F\xBF\xBFz"), 4u);
}

TEST(Utf8CharacterLength, IsNoneForWhatIsNotWellFormed) {
  for (const std::string_view text :
       {"", "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
        "\xE2\x82"
        "a",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(Utf8CharacterLength(text), 0u) << text.size();
  }
}

}  // namespace
}  // namespace mesos_executor
