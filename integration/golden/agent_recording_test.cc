// What a Mesos 1.11 agent sent to an executor, recorded (see README.md): we declare all of it but
// one relic.
#include <charconv>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "integration/golden/coverage.h"
#include "integration/golden/json_equal.h"
#include "integration/golden/test_data.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor {
namespace {

using mesos::v1::executor::Event;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Property;
using testing::SizeIs;

// Cuts `count` bytes off the front.
std::string Take(std::string& bytes, size_t count) {
  EXPECT_LE(count, bytes.size());
  std::string front = bytes.substr(0, count);
  bytes.erase(0, count);
  return front;
}

// Cuts off a number in `base` and the line end behind it.
size_t TakeNumber(std::string& bytes, const std::string& line_end, int base) {
  const std::string digits = Take(bytes, bytes.find(line_end));
  Take(bytes, line_end.size());
  size_t number = 0;
  EXPECT_EQ(std::from_chars(digits.data(), digits.data() + digits.size(), number, base).ptr,
            digits.data() + digits.size())
      << digits;
  return number;
}

// The events in the answer to a SUBSCRIBE: HTTP chunks (RFC 9112, 7.1), and RecordIO records in
// them. The recording ends where it was cut off, after a chunk.
std::vector<Event> EventsOfStream(std::string http) {
  const std::string end_of_head = "\r\n\r\n";
  Take(http, http.find(end_of_head) + end_of_head.size());
  std::string body;
  while (!http.empty()) {
    body += Take(http, TakeNumber(http, "\r\n", 16));
    Take(http, 2);
  }
  std::vector<Event> events;
  while (!body.empty()) {
    EXPECT_TRUE(events.emplace_back().ParseFromString(Take(body, TakeNumber(body, "\n", 10))));
  }
  return events;
}

std::vector<Event> RecordedEvents() { return EventsOfStream(ReadTestData("agent/stream.bin")); }

TEST(AgentRecording, StreamHasTheEventsOfOneTask) {
  const std::vector<Event> events = RecordedEvents();
  ASSERT_THAT(
      events,
      ElementsAre(Property(&Event::type, Event::SUBSCRIBED), Property(&Event::type, Event::LAUNCH),
                  Property(&Event::type, Event::ACKNOWLEDGED), Property(&Event::type, Event::KILL),
                  Property(&Event::type, Event::ACKNOWLEDGED)));
  EXPECT_EQ(events[0].subscribed().executor_info().executor_id().value(), "executor-wire-task-1");
  EXPECT_EQ(events[0].subscribed().agent_info().port(), 15071);
  EXPECT_EQ(events[2].acknowledged().task_id().value(), "wire-task-1");
  EXPECT_THAT(events[2].acknowledged().uuid(), SizeIs(16));
  EXPECT_EQ(events[3].kill().task_id().value(), "wire-task-1");
  EXPECT_EQ(events[3].kill().kill_policy().grace_period().nanoseconds(), 2'500'000'000);
  EXPECT_EQ(events[4].acknowledged().task_id().value(), "wire-task-1");
  EXPECT_NE(events[4].acknowledged().uuid(), events[2].acknowledged().uuid());
}

TEST(AgentRecording, LaunchHasTheWholeTask) {
  const std::vector<Event> events = RecordedEvents();
  ASSERT_THAT(events, SizeIs(5));
  mesos::v1::TaskInfo task = events[1].launch().task();
  task.clear_executor();
  task.clear_resources();
  task.clear_agent_id();
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  ASSERT_TRUE(printer.PrintToString(task, &text));
  EXPECT_EQ(text,
            R"(name: "task" task_id { value: "wire-task-1" } )"
            R"(health_check { http { port: 31005 path: "/status/ping" scheme: "http" } )"
            R"(delay_seconds: 1 interval_seconds: 2 timeout_seconds: 1 consecutive_failures: 3 )"
            R"(grace_period_seconds: 5 type: HTTP } )"
            R"(labels { labels { key: "consul" value: "shop" } )"
            R"(labels { key: "director" value: "shop_director" } )"
            R"(labels { key: "weight:50" value: "tag" } )"
            R"(labels { key: "log-scraping" value: "logfmt" } )"
            R"(labels { key: "canary" value: "" } } )"
            R"(discovery { visibility: CLUSTER name: "shop" ports { )"
            R"(ports { number: 31005 name: "http" protocol: "tcp" labels { )"
            R"(labels { key: "consul" value: "shop,shop-admin" } )"
            R"(labels { key: "public" value: "tag" } } } )"
            R"(ports { number: 31006 name: "admin" protocol: "tcp" } } } )"
            R"(kill_policy { grace_period { nanoseconds: 2000000000 } } )");
}

TEST(AgentRecording, StreamHasNothingThatWeDoNotDeclareButOneRelic) {
  for (const Event& event : RecordedEvents()) {
    if (event.type() == Event::SUBSCRIBED) {
      // SlaveInfo.checkpoint of the API before v1: the agent copies it over unseen.
      EXPECT_THAT(UnknownFields(event), ElementsAre("mesos.v1.AgentInfo has the unknown field 7"));
    } else {
      EXPECT_THAT(UnknownFields(event), IsEmpty()) << event.ShortDebugString();
    }
  }
}

// One event of each type a line, as the agent's JSON. The parser refuses what we don't declare.
TEST(AgentRecording, JsonEventsReadAndPrintTheSame) {
  std::istringstream lines(ReadTestData("agent/events.jsonl"));
  std::vector<Event::Type> types;
  for (std::string line; std::getline(lines, line);) {
    Event event;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &event);
    ASSERT_TRUE(parsed.ok()) << parsed.ToString() << " in " << line;
    types.push_back(event.type());

    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string printed;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(event, &printed, options).ok());
    EXPECT_EQ(JsonDifference(line, printed), "");
  }
  EXPECT_THAT(types, ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::ACKNOWLEDGED,
                                 Event::MESSAGE, Event::KILL, Event::SHUTDOWN, Event::HEARTBEAT));
}

}  // namespace
}  // namespace mesos_executor
