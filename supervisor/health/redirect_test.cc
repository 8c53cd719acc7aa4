#include "supervisor/health/redirect.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor::health {
namespace {

// "address:port/target", with "tls " before it for https, or "" where it isn't followed.
std::string Follow(std::string_view location, const std::string& address = "127.0.0.1",
                   bool tls = false) {
  const auto to = ResolveRedirect({{address, 8080}, "/a/b?c=d", tls}, location);
  return to ? (to->tls ? "tls " : "") + EndpointName(to->endpoint) + to->target : "";
}

TEST(RedirectTest, FollowsReferencesOnTheSameHost) {
  EXPECT_EQ(Follow("/x?y=z#f"), "127.0.0.1:8080/x?y=z");
  EXPECT_EQ(Follow("x"), "127.0.0.1:8080/a/x");
  EXPECT_EQ(Follow("x/y:z"), "127.0.0.1:8080/a/x/y:z");
  EXPECT_EQ(Follow("?y=z"), "127.0.0.1:8080/a/b?y=z");
  EXPECT_EQ(Follow("//127.0.0.1:81/x"), "127.0.0.1:81/x");
  EXPECT_EQ(Follow("http://127.0.0.1:81/x"), "127.0.0.1:81/x");
  EXPECT_EQ(Follow("HTTP://127.0.0.1/x"), "127.0.0.1:80/x");
  EXPECT_EQ(Follow("http://127.0.0.1"), "127.0.0.1:80/");
  EXPECT_EQ(Follow("http://127.0.0.1:81?y"), "127.0.0.1:81/?y");
  EXPECT_EQ(Follow("http://[::1]:81/x", "::1"), "[::1]:81/x");
  EXPECT_EQ(Follow("http://[::1]/x", "::1"), "[::1]:80/x");
}

TEST(RedirectTest, ChangesBetweenHttpAndHttpsOnTheSameHost) {
  EXPECT_EQ(Follow("https://127.0.0.1:8443/x"), "tls 127.0.0.1:8443/x");
  EXPECT_EQ(Follow("HTTPS://127.0.0.1"), "tls 127.0.0.1:443/");
  EXPECT_EQ(Follow("https://[::1]/x", "::1"), "tls [::1]:443/x");
  EXPECT_EQ(Follow("http://127.0.0.1/x", "127.0.0.1", true), "127.0.0.1:80/x");
  // What names no scheme keeps it.
  EXPECT_EQ(Follow("/x", "127.0.0.1", true), "tls 127.0.0.1:8080/x");
  EXPECT_EQ(Follow("//127.0.0.1/x", "127.0.0.1", true), "tls 127.0.0.1:443/x");
}

TEST(RedirectTest, FollowsNothingThatLeavesTheHostOrMakesNoSense) {
  for (const char* location :
       {"http://example.org/x", "http://127.0.0.2/x", "//example.org/x", "https://example.org/x",
        "ftp://127.0.0.1/x", "mailto:x", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
        "http://127.0.0.1:x/", "http://[::1/", "http://[127.0.0.1]x/", "http://user@127.0.0.1/",
        "http://", "/a b", "/a\tb", "/\xc3\xa4"}) {
    EXPECT_EQ(Follow(location), "") << location;
  }
}

}  // namespace
}  // namespace mesos_executor::health
