#include "integration/dev_agent/authentication.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::dev_agent {
namespace {

const Claims kClaims =
    ExecutorClaims("e04c0f69-bdb7-4d74-9c7b-231a7ca18a2a-0002", "executor-task-ce795c2b",
                   "6f4afa0d-890e-41b7-b09d-86eb3eec6718");

std::optional<std::string> Bearer(const std::string& token) { return "Bearer " + token; }

Answer Refusal(const std::optional<std::string>& authorization) {
  const auto result = Authenticate(authorization, "secret");
  const auto* answer = std::get_if<Answer>(&result);
  EXPECT_NE(answer, nullptr);
  return answer == nullptr ? Answer() : *answer;
}

TEST(AuthenticationTest, ATokensHeaderAndClaimsAreTheBytesOfARealAgents) {
  // Given to an executor by a Mesos 1.11 agent whose secret is not known.
  const std::string recorded =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJjaWQiOiI2ZjRhZmEwZC04OTBlLTQxYjctYjA5ZC04NmViM2VlYzY3MTgiLCJlaWQiOiJleGVjdXRvci10YXNrLWNl"
      "Nzk1YzJiIiwiZmlkIjoiZTA0YzBmNjktYmRiNy00ZDc0LTljN2ItMjMxYTdjYTE4YTJhLTAwMDIifQ.";
  EXPECT_EQ(NewToken(kClaims, "secret").rfind(recorded, 0), 0u) << NewToken(kClaims, "secret");
  EXPECT_EQ(NewToken(kClaims, "secret").size(), recorded.size() + 43);
}

TEST(AuthenticationTest, ASignatureIsTheOneOfTheStandardsExample) {
  // RFC 7515, A.1: key and token as printed there.
  std::string key;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      &key));
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto claims = Authenticate(Bearer(token), key);
  ASSERT_TRUE(std::holds_alternative<Claims>(claims));
  EXPECT_EQ(std::get<Claims>(claims).at("iss"), "joe");
}

TEST(AuthenticationTest, ATokenOfOursIsBelieved) {
  const auto claims = Authenticate(Bearer(NewToken(kClaims, "secret")), "secret");
  ASSERT_TRUE(std::holds_alternative<Claims>(claims));
  EXPECT_EQ(std::get<Claims>(claims), kClaims);
  EXPECT_EQ(CheckClaims(kClaims, kClaims), std::nullopt);
}

TEST(AuthenticationTest, WithoutATokenNothingIsSaidOfAnError) {
  const Answer answer = Refusal(std::nullopt);
  EXPECT_EQ(answer.code, 401);
  EXPECT_EQ(answer.header,
            "WWW-Authenticate: Basic realm=\"mesos-agent-executor\","
            "Bearer realm=\"mesos-agent-executor\"");
}

TEST(AuthenticationTest, ABadTokenIsToldWhatIsBad) {
  const std::string good = NewToken(kClaims, "secret");
  const struct {
    std::string header;
    const char* error;
  } kCases[] = {
      {"Bearer", "Malformed 'Authorization' header"},
      {"Basic " + good, "Scheme 'Basic' unsupported"},
      {"Bearer a.b", "Invalid JWT: Expected 3 components in token, got 2"},
      {"Bearer " + NewToken(kClaims, "other"), "Invalid JWT: Token signature does not match"},
      {"Bearer " + good.substr(0, good.size() - 4), "Invalid JWT: Token signature does not match"},
      {absl::StrCat("Bearer ", absl::WebSafeBase64Escape(R"({"alg":"none"})"), ".e30."),
       "Invalid JWT: Token 'alg' value \"none\" does not match, expected \"HS256\""},
      {"Bearer " + NewToken({}, "secret"), "JWT claims missing"},
  };
  for (const auto& [header, error] : kCases) {
    const Answer answer = Refusal(header);
    EXPECT_EQ(answer.code, 401);
    EXPECT_TRUE(answer.header.ends_with(
        absl::StrCat(", error=\"invalid_token\", error_description=\"", error, "\"")))
        << answer.header;
  }
}

TEST(AuthenticationTest, AnotherExecutorsTokenIsForbidden) {
  for (const auto& [name, text] :
       Claims{{"fid",
               "an 'fid' claim with the framework ID e04c0f69-bdb7-4d74-9c7b-231a7ca18a2a-0002,"
               " which is set in the call"},
              {"eid",
               "an 'eid' claim with the executor ID executor-task-ce795c2b, which is set in the"
               " call"},
              {"cid", "a 'cid' claim with the correct active ContainerID"}}) {
    Claims claims = kClaims;
    claims[name] = "x";
    const auto answer = CheckClaims(claims, kClaims);
    ASSERT_TRUE(answer.has_value()) << name;
    EXPECT_EQ(answer->code, 403);
    EXPECT_TRUE(answer->body.starts_with("Authenticated principal '{\"claims\":{")) << answer->body;
    EXPECT_TRUE(answer->body.ends_with(absl::StrCat("}}' does not contain ", text)))
        << answer->body;
    claims.erase(name);
    EXPECT_TRUE(CheckClaims(claims, kClaims).has_value());
  }
}

}  // namespace
}  // namespace mesos_executor::dev_agent
