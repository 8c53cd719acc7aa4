// What a real Mesos 1.11 agent was seen to answer, against what this one answers to the same calls
// over the wire: byte for byte but for the date.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "integration/dev_agent/authentication.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/recorded_requests.h"
#include "integration/dev_agent/wire_executor.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

// With | for the ends of lines, and one date for all.
std::string Comparable(const std::string& response) {
  static const std::regex* const date = new std::regex("Date: [^|]* GMT");
  return std::regex_replace(absl::StrReplaceAll(response, {{"\r\n", "|"}}), *date, "Date: then");
}

void SetIds(const std::string& framework, const std::string& executor, const std::string& task,
            ExecutorLaunch* launch) {
  launch->framework.mutable_id()->set_value(framework);
  launch->executor.mutable_framework_id()->set_value(framework);
  launch->executor.mutable_executor_id()->set_value(executor);
  launch->task.mutable_task_id()->set_value(task);
  launch->launch_process = false;
}

// One of testdata/exchanges: lines that begin with > are the executor's, those with < what the
// agent answered, those with ! what was done to the agent.
class Replay {
 public:
  void Run(const std::string& name) {
    std::istringstream lines(FileText("integration/dev_agent/testdata/exchanges/" + name));
    std::string line;
    int answers = 0;
    for (int number = 1; std::getline(lines, line); ++number) {
      SCOPED_TRACE(absl::StrCat(name, ":", number, ": ", line));
      const std::string rest = line.substr(2);
      if (line[0] == '!') Arrange(absl::StrSplit(rest, ' '));
      if (line[0] == '>') Say(absl::StrSplit(rest, ' '));
      if (line[0] == '<') {
        Expect(rest);
        ++answers;
      }
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(answers, 7);
  }

 private:
  void Arrange(const std::vector<std::string>& words) {
    if (words[0] == "framework") {
      framework_ = words[1];
      launch_.framework.set_checkpoint(words[3] == "1");
    }
    if (words[0] == "executor") executor_ = words[1];
    if (words[0] == "task") task_ = words[1];
    if (words[0] == "agent") launch_.task.mutable_agent_id()->set_value(words[1]);
    if (words[0] == "token") {
      options_.jwt_secret = "secret";
      launch_.container_id = "c";
      style_.token = NewToken(ExecutorClaims(framework_, executor_, "c"), "secret");
    }
    if (words[0] == "unix") {
      // Short enough for a socket, which a test's own folder may not be.
      std::string folder = "/tmp/replay_test.XXXXXX";
      ASSERT_NE(mkdtemp(folder.data()), nullptr);
      options_.unix_socket = folder + "/agent.sock";
      style_.path = "/slave(1)/api/v1/executor";
    }
    if (words[0] == "launch") {
      auto agent = DevAgent::Start(options_);
      ASSERT_TRUE(agent.ok()) << agent.status();
      agent_ = *std::move(agent);
      SetIds(framework_, executor_, task_, &launch_);
      ASSERT_TRUE(agent_->Launch(launch_).ok());
    }
    if (words[0] == "down") Die("restart=down:1h", "is down");
    if (words[0] == "recovered") {
      Die("restart=down:0s,404:0s,503:0s,recovery:0s,window:1h", "has recovered");
    }
    if (words[0] == "shutdown") agent_->Shutdown();
  }

  void Die(const std::string& restart, const std::string& phase) {
    agent_->InjectFaults({*ParseFault("at=0s " + restart)});
    ASSERT_TRUE(agent_->WaitFor([&](const std::vector<AgentEvent>& events) {
      const auto last = std::find_if(events.rbegin(), events.rend(), [](const AgentEvent& event) {
        return event.kind == AgentEvent::kAgentPhase;
      });
      return last != events.rend() && last->detail.find(phase) != std::string::npos;
    }));
  }

  mesos::v1::TaskStatus Status(const std::string& state, const std::string& uuid) const {
    mesos::v1::TaskStatus status;
    status.mutable_task_id()->set_value(task_);
    mesos::v1::TaskState value;
    EXPECT_TRUE(mesos::v1::TaskState_Parse(state, &value)) << state;
    status.set_state(value);
    status.set_source(mesos::v1::TaskStatus::SOURCE_EXECUTOR);
    EXPECT_TRUE(absl::Base64Unescape(uuid, status.mutable_uuid())) << uuid;
    status.mutable_executor_id()->set_value(executor_);
    return status;
  }

  void Say(const std::vector<std::string>& words) {
    Call call;
    call.mutable_executor_id()->set_value(executor_);
    call.mutable_framework_id()->set_value(framework_);
    if (words[0] == "SUBSCRIBE") {
      call.set_type(Call::SUBSCRIBE);
      call.mutable_subscribe();
      for (size_t i = 1; i + 1 < words.size(); i += 2) {
        *call.mutable_subscribe()->add_unacknowledged_updates()->mutable_status() =
            Status(words[i], words[i + 1]);
      }
    } else {
      call.set_type(Call::UPDATE);
      *call.mutable_update()->mutable_status() = Status(words[1], words[2]);
    }
    WireConnection connection = options_.unix_socket.empty() ? WireConnection(agent_->port())
                                                             : WireConnection(options_.unix_socket);
    connection.Send(CallRequest(call, style_));
    answer_ = ReadResponseBytes(connection);
    if (answer_.find("Transfer-Encoding: chunked") != std::string::npos) {
      stream_ = std::make_unique<WireStream>(std::move(connection), style_.type);
    }
  }

  void Expect(const std::string& recorded) {
    if (recorded == "REFUSED") {
      EXPECT_EQ(answer_, "");
    } else if (recorded.rfind("HTTP/", 0) == 0) {
      EXPECT_EQ(Comparable(answer_),
                std::regex_replace(recorded, std::regex("Date: [^|]* GMT"), "Date: then"));
    } else if (recorded == "END") {
      // The agent is killed next; a stream ends no other way.
      agent_->BreakStream();
      EXPECT_EQ(stream_->NextChunk(), "");
      EXPECT_FALSE(stream_->ended_properly());
    } else {
      ExpectEvent(recorded);
    }
  }

  // The recorder wrote down what it had parsed, with its names in order, and of long events less
  // than all.
  void ExpectEvent(const std::string& recorded) {
    const std::string chunk = stream_->NextChunk();
    ASSERT_NE(chunk, "");
    const size_t begin = chunk.find('{');
    const auto event = nlohmann::json::parse(chunk.substr(begin, chunk.size() - begin - 2));
    if (recorded[0] == '{') {
      EXPECT_EQ(event, nlohmann::json::parse(recorded));
    } else {
      EXPECT_EQ(event.at("type"), recorded);
    }
    // Type first, as in all that a real agent sends.
    EXPECT_EQ(chunk.substr(begin, 8), "{\"type\":");
  }

  AgentOptions options_;
  ExecutorLaunch launch_ = NewLaunch("task", getenv("TEST_TMPDIR"));
  std::string framework_, executor_, task_;
  CallStyle style_;
  std::unique_ptr<DevAgent> agent_;
  std::unique_ptr<WireStream> stream_;
  std::string answer_;
};

class ReplayTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ReplayTest, TheExecutorHearsWhatItHeardFromARealAgent) {
  Replay().Run(absl::StrCat(GetParam(), ".txt"));
}

INSTANTIATE_TEST_SUITE_P(Exchanges, ReplayTest,
                         ::testing::Values("recover", "recover2", "nocp", "auth", "sock"),
                         [](const auto& info) { return std::string(info.param); });

std::string RequestBytes(const RawCall& call) {
  return absl::StrCat(
      call.method, " ", call.path, " HTTP/1.1\r\nHost: agent\r\n",
      call.content_type ? absl::StrCat("Content-Type: ", *call.content_type, "\r\n") : "",
      call.accept ? absl::StrCat("Accept: ", *call.accept, "\r\n") : "",
      "Content-Length: ", call.body.size(), "\r\n\r\n", call.body);
}

TEST(MalformedReplayTest, EachCallIsAnsweredAsByARealAgentAllOnOneConnection) {
  auto agent = DevAgent::Start();
  ASSERT_TRUE(agent.ok()) << agent.status();
  ExecutorLaunch launch = NewLaunch("task", getenv("TEST_TMPDIR"));
  SetIds(kRecordedFramework, kRecordedExecutor, kRecordedTask, &launch);
  ASSERT_TRUE((*agent)->Launch(launch).ok());
  std::map<std::string, RawCall> requests = RecordedRequests();
  WireConnection connection((*agent)->port());
  std::unique_ptr<WireConnection> stream;
  std::istringstream lines(FileText("integration/dev_agent/testdata/malformed_calls.txt"));
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(" -> ", 1));
    if (absl::StartsWith(line, "[after-launch]") && !stream) {
      stream = std::make_unique<WireConnection>((*agent)->port());
      stream->Send(RequestBytes(JsonCall(CallJson(R"(,"type":"SUBSCRIBE","subscribe":{})"))));
      ASSERT_NE(stream->ReadThrough("SUBSCRIBED"), "");
    }
    const std::string name = parts.first.substr(parts.first.find("] ") + 2);
    connection.Send(RequestBytes(requests.at(name)));
    EXPECT_EQ(Comparable(ReadResponseBytes(connection)), Comparable(parts.second)) << parts.first;
  }
  EXPECT_EQ(count, 78);
}

// One line for each chunk of a recorded stream; its head first.
std::vector<std::string> Chunks(absl::string_view stream) {
  std::vector<std::string> chunks;
  size_t end = stream.find("\r\n\r\n") + 4;
  while (end <= stream.size()) {
    chunks.push_back(std::string(stream.substr(0, end)));
    stream.remove_prefix(end);
    const size_t line = stream.find("\r\n");
    if (line == absl::string_view::npos) break;
    end = line + 4 + std::stoul(std::string(stream.substr(0, line)), nullptr, 16);
  }
  return chunks;
}

Event EventOf(const std::string& chunk) {
  const size_t begin = chunk.find('\n', chunk.find("\r\n") + 2) + 1;
  Event event;
  EXPECT_TRUE(event.ParseFromString(chunk.substr(begin, chunk.size() - begin - 2)));
  return event;
}

TEST(StreamReplayTest, AWholeStreamIsARealAgentsByteForByteButForDateAndPort) {
  const std::vector<std::string> recorded =
      Chunks(FileText("integration/golden/testdata/agent/stream.bin"));
  ASSERT_EQ(recorded.size(), 6u);
  Event hello = EventOf(recorded[1]);
  const Event launched = EventOf(recorded[2]);
  // What the agent was told then.
  ExecutorLaunch launch;
  launch.sandbox = getenv("TEST_TMPDIR");
  launch.launch_process = false;
  launch.framework = hello.subscribed().framework_info();
  launch.executor = hello.subscribed().executor_info();
  launch.agent = hello.subscribed().agent_info();
  launch.container_id = hello.subscribed().container_id().value();
  launch.task = launched.launch().task();

  auto agent = DevAgent::Start();
  ASSERT_TRUE(agent.ok()) << agent.status();
  ASSERT_TRUE((*agent)->Launch(launch).ok());
  Call subscribe;
  subscribe.set_type(Call::SUBSCRIBE);
  *subscribe.mutable_executor_id() = launch.executor.executor_id();
  *subscribe.mutable_framework_id() = launch.framework.id();
  Call update = subscribe;
  subscribe.mutable_subscribe();
  WireStream stream((*agent)->port(), subscribe, MediaType::kProtobuf);
  EXPECT_EQ(Comparable(stream.head()), Comparable(recorded[0]));

  hello.mutable_subscribed()->mutable_agent_info()->set_port((*agent)->port());
  EXPECT_EQ(stream.Next()->SerializeAsString(), hello.SerializeAsString());
  EXPECT_EQ(stream.NextChunk(), recorded[2]);
  WireConnection calls((*agent)->port());
  const auto acknowledge = [&](mesos::v1::TaskState state, const Event& event) {
    update.set_type(Call::UPDATE);
    auto* status = update.mutable_update()->mutable_status();
    *status->mutable_task_id() = launch.task.task_id();
    status->set_state(state);
    status->set_source(mesos::v1::TaskStatus::SOURCE_EXECUTOR);
    status->set_uuid(event.acknowledged().uuid());
    calls.Send(CallRequest(update, MediaType::kProtobuf));
    EXPECT_EQ(ReadResponse(calls).code, 202);
  };
  acknowledge(mesos::v1::TASK_RUNNING, EventOf(recorded[3]));
  EXPECT_EQ(stream.NextChunk(), recorded[3]);
  (*agent)->Kill(absl::Milliseconds(2500));
  EXPECT_EQ(stream.NextChunk(), recorded[4]);
  acknowledge(mesos::v1::TASK_KILLED, EventOf(recorded[5]));
  EXPECT_EQ(stream.NextChunk(), recorded[5]);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
