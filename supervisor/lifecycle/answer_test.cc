#include "supervisor/lifecycle/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace mesos_executor::lifecycle {
namespace {

using ::testing::HasSubstr;

v1::Answer Ok() {
  v1::Answer answer;
  answer.set_seq(3);
  answer.set_outcome(v1::Answer::OK);
  return answer;
}

v1::Answer With(std::string name, std::string value) {
  v1::Answer answer = Ok();
  answer.add_environment()->set_name(std::move(name));
  answer.mutable_environment(0)->set_value(std::move(value));
  return answer;
}

void ExpectRefused(const v1::Answer& answer, v1::Phase phase, const std::string& why) {
  const v1::Answer checked = CheckAnswer(answer, phase);
  EXPECT_EQ(checked.seq(), answer.seq());
  EXPECT_EQ(checked.outcome(), v1::Answer::FAILED);
  EXPECT_THAT(checked.message(), HasSubstr(why));
  EXPECT_LE(checked.message().size(), kMaxAnswerMessage);
  EXPECT_EQ(checked.environment_size(), 0);
  EXPECT_FALSE(checked.has_hold());
}

TEST(CheckAnswer, KeepsWhatKeepsTheContract) {
  v1::Answer answer = With("_Name9", "any value = at all\n");
  answer.set_message("done");
  const v1::Answer checked = CheckAnswer(answer, v1::BEFORE_START);
  EXPECT_EQ(checked.SerializeAsString(), answer.SerializeAsString());
}

TEST(CheckAnswer, TakesAsManyVariablesAsAllowedAndNotOneMore) {
  v1::Answer answer = Ok();
  for (int i = 0; i < kMaxVariables; ++i)
    answer.add_environment()->set_name("V" + std::to_string(i));
  EXPECT_EQ(CheckAnswer(answer, v1::BEFORE_START).outcome(), v1::Answer::OK);
  answer.add_environment()->set_name("ONE_MORE");
  ExpectRefused(answer, v1::BEFORE_START, "65 environment variables");
}

TEST(CheckAnswer, TakesAsManyBytesAsAllowedAndNotOneMore) {
  // "V", "=" and the zero byte count.
  EXPECT_EQ(CheckAnswer(With("V", std::string(kMaxEnvironmentBytes - 3, 'x')), v1::BEFORE_START)
                .outcome(),
            v1::Answer::OK);
  ExpectRefused(With("V", std::string(kMaxEnvironmentBytes - 2, 'x')), v1::BEFORE_START,
                "65537 bytes");
}

TEST(CheckAnswer, RefusesWhatNoEnvironmentCanHold) {
  for (const char* name : {"", "1A", "A=B", "A B", "A-B", "\xC3\x84"}) {
    ExpectRefused(With(name, "x"), v1::BEFORE_START, "is not a name");
  }
  ExpectRefused(With(std::string("A\0B", 3), "x"), v1::BEFORE_START, "is not a name");
  ExpectRefused(With("A", std::string("x\0y", 3)), v1::BEFORE_START, "zero byte");
  ExpectRefused(With(std::string(100'000, '-'), "x"), v1::BEFORE_START, "is not a name");
}

TEST(CheckAnswer, NeverQuotesAValue) {
  EXPECT_THAT(CheckAnswer(With("A", std::string("secret\0", 7)), v1::BEFORE_START).message(),
              ::testing::Not(HasSubstr("secret")));
}

TEST(CheckAnswer, RefusesUnknownOutcomes) {
  v1::Answer answer = Ok();
  answer.set_outcome(v1::Answer::OUTCOME_UNSPECIFIED);
  ExpectRefused(answer, v1::STARTED, "outcome 0");
  answer.set_outcome(static_cast<v1::Answer::Outcome>(17));
  ExpectRefused(answer, v1::STARTED, "outcome 17");
}

TEST(CheckAnswer, DropsEnvironmentAndHoldWhereThePhaseHasNone) {
  v1::Answer answer = With("1", "");
  answer.mutable_hold()->set_seconds(-1);
  for (const v1::Phase phase : {v1::STARTED, v1::HEALTHY, v1::UNHEALTHY, v1::TERMINATED}) {
    const v1::Answer checked = CheckAnswer(answer, phase);
    EXPECT_EQ(checked.outcome(), v1::Answer::OK);
    EXPECT_EQ(checked.environment_size(), 0);
    EXPECT_FALSE(checked.has_hold());
  }
}

TEST(CheckAnswer, RefusesAHoldThatIsNoDuration) {
  v1::Answer answer = Ok();
  answer.mutable_hold()->set_seconds(-1);
  ExpectRefused(answer, v1::BEFORE_TERMINATE, "hold");
  answer.mutable_hold()->set_seconds(0);
  answer.mutable_hold()->set_nanos(-1);
  ExpectRefused(answer, v1::BEFORE_TERMINATE, "hold");
  answer.mutable_hold()->set_nanos(1'000'000'000);
  ExpectRefused(answer, v1::BEFORE_TERMINATE, "hold");
}

TEST(CheckAnswer, CutsALongMessageBetweenCharacters) {
  v1::Answer answer = Ok();
  std::string text = "x";
  while (text.size() < 2000) text += "\xE2\x82\xAC";
  answer.set_message(text);
  // 1 + 3 · 341 = 1024 exactly; one byte further and the last character has to go.
  EXPECT_EQ(CheckAnswer(answer, v1::STARTED).message().size(), 1024u);
  answer.set_message("x" + text);
  EXPECT_EQ(CheckAnswer(answer, v1::STARTED).message().size(), 1022u);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
