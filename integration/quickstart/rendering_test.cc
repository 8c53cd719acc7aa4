#include "integration/quickstart/rendering.h"

#include <gtest/gtest.h>

namespace mesos_executor::quickstart {
namespace {

const absl::Time kStart = absl::FromUnixMillis(1'000'000'000'123);

Event Answered() {
  return {.time = kStart + absl::Milliseconds(1234),
          .source = Source::kSidecar,
          .kind = "phase",
          .name = "before-start",
          .outcome = "ok",
          .took = absl::Microseconds(2140),
          .message = "consul-registrar"};
}

TEST(RenderingTest, ALineHasItsColumnsUnderTheHeading) {
  EXPECT_EQ(TextHeading(false), "     time   who        what                            took");
  EXPECT_EQ(TextLine(Answered(), kStart, false),
            "  1.234 s   sidecar    before-start: ok              2.1 ms   consul-registrar");
}

TEST(RenderingTest, WhatIsNotKnownLeavesNoTrace) {
  const Event event = {.time = kStart, .source = Source::kAgent, .kind = "event", .name = "LAUNCH"};
  EXPECT_EQ(TextLine(event, kStart, false), "  0.000 s   agent      LAUNCH");
  EXPECT_EQ(JsonLine(event, kStart),
            R"({"time":"2001-09-09T01:46:40.123000Z","seconds":0.0,"source":"agent",)"
            R"("kind":"event","name":"LAUNCH"})");
}

TEST(RenderingTest, TheExecutorsWordsAreMadeReadable) {
  Event event = {
      .time = kStart, .source = Source::kExecutor, .kind = "process", .name = "terminate"};
  EXPECT_EQ(TextLine(event, kStart, false), "  0.000 s   executor   signal to the task");
  event.name = "something new";
  EXPECT_EQ(TextLine(event, kStart, false), "  0.000 s   executor   something new");
  event.kind = "phase";
  event.name = "healthy";
  EXPECT_EQ(TextLine(event, kStart, false), "  0.000 s   executor   phase healthy");
}

TEST(RenderingTest, WhatTheAgentSaysTooIsAnEcho) {
  Event event = {.source = Source::kExecutor, .kind = "state", .name = "TASK_RUNNING"};
  EXPECT_TRUE(IsEcho(event));
  event.kind = "agent";
  event.name = "KILL";
  EXPECT_TRUE(IsEcho(event));
  event.name = "disconnected";
  EXPECT_FALSE(IsEcho(event));
  event.source = Source::kAgent;
  event.kind = "update";
  EXPECT_FALSE(IsEcho(event));
}

TEST(RenderingTest, JsonHasTheDocumentedKeys) {
  EXPECT_EQ(JsonLine(Answered(), kStart),
            R"({"time":"2001-09-09T01:46:41.357000Z","seconds":1.234,"source":"sidecar",)"
            R"("kind":"phase","name":"before-start","outcome":"ok","ms":2.14,)"
            R"("message":"consul-registrar"})");
}

TEST(RenderingTest, ColoursChangeNothingButColours) {
  std::string coloured = TextLine(Answered(), kStart, true);
  EXPECT_NE(coloured.find("\x1b[32mok\x1b[0m"), std::string::npos) << coloured;
  for (size_t at; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, TextLine(Answered(), kStart, false));
}

TEST(RenderingTest, TextFromOutsideCannotSteerTheTerminal) {
  Event event = Answered();
  event.message = "a\x1b[2Jb\nc";
  const std::string line = TextLine(event, kStart, false);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(RenderingTest, BytesThatAreNotTextStillMakeJson) {
  Event event = Answered();
  event.message = "a\xff";
  EXPECT_NE(JsonLine(event, kStart).find("a\xef\xbf\xbd"), std::string::npos);
}

TEST(RenderingTest, TheChecklistEndsWithAVerdict) {
  const Step good{"short", true, "found"};
  const Step bad{"a longer one", false, "nothing"};
  EXPECT_EQ(TextChecklist({good}, false), "  ok      short   found\n\nAll 1 steps happened.\n");
  EXPECT_EQ(TextChecklist({good, bad}, false),
            "  ok      short          found\n"
            "  FAILED  a longer one   nothing\n"
            "\n"
            "1 of 2 steps failed.\n");
}

TEST(RenderingTest, AStepIsAnEventToo) {
  EXPECT_EQ(JsonLine(StepEvent({"a step", false, "nothing"}, kStart), kStart),
            R"({"time":"2001-09-09T01:46:40.123000Z","seconds":0.0,"source":"quickstart",)"
            R"("kind":"step","name":"a step","outcome":"failed","message":"nothing"})");
}

}  // namespace
}  // namespace mesos_executor::quickstart
