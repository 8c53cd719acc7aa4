#include "supervisor/agent/http_response_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor::agent {
namespace {

struct Read {
  std::string body;
  HttpResponseParser parser{
      [this](absl::string_view piece) { body.append(piece.data(), piece.size()); }};
};

constexpr char kStream[] =
    "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 18:26:29 GMT\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: application/x-protobuf\r\n\r\n5\r\nhello\r\n1;x=y\r\n "
    "\r\n5\r\nworld\r\n0\r\n\r\n";

TEST(HttpResponseParserTest, ReadsTheSameWhereverTheStreamIsCut) {
  const std::string stream = kStream;
  for (size_t first = 0; first <= stream.size(); ++first) {
    Read read;
    ASSERT_TRUE(read.parser.Parse(stream.substr(0, first)).ok()) << first;
    ASSERT_TRUE(read.parser.Parse(stream.substr(first)).ok()) << first;
    EXPECT_EQ(read.body, "hello world") << first;
    EXPECT_TRUE(read.parser.done());
    EXPECT_TRUE(read.parser.reusable());
    EXPECT_EQ(read.parser.code(), 200);
  }
}

TEST(HttpResponseParserTest, ReadsAnEmptyBodyInChunksByteByByte) {
  Read read;
  for (const char byte :
       std::string("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    ASSERT_FALSE(read.parser.done());
    ASSERT_TRUE(read.parser.Parse(std::string(1, byte)).ok());
  }
  EXPECT_TRUE(read.parser.done());
  EXPECT_EQ(read.body, "");
}

TEST(HttpResponseParserTest, GivesTheBodyAsItComes) {
  Read read;
  const std::string stream = kStream;
  ASSERT_TRUE(read.parser.Parse(stream.substr(0, stream.find("lo\r\n"))).ok());
  EXPECT_EQ(read.body, "hel");
  EXPECT_FALSE(read.parser.done());
}

TEST(HttpResponseParserTest, TellsACutResponseFromAnEnd) {
  const std::string stream = kStream;
  for (size_t length = 0; length < stream.size(); ++length) {
    Read read;
    ASSERT_TRUE(read.parser.Parse(stream.substr(0, length)).ok());
    EXPECT_EQ(read.parser.End().code(), absl::StatusCode::kDataLoss) << length;
  }
}

TEST(HttpResponseParserTest, ReadsAnswersWithALengthAndWithout) {
  Read accepted;
  ASSERT_TRUE(accepted.parser.Parse("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").ok());
  EXPECT_TRUE(accepted.parser.done());
  EXPECT_EQ(accepted.parser.code(), 202);
  EXPECT_TRUE(accepted.parser.reusable());

  Read refused;
  ASSERT_TRUE(
      refused.parser
          .Parse("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad")
          .ok());
  EXPECT_TRUE(refused.parser.done());
  EXPECT_EQ(refused.body, "bad");
  EXPECT_FALSE(refused.parser.reusable());

  Read endless;
  ASSERT_TRUE(endless.parser.Parse("HTTP/1.1 503 Busy\r\n\r\nrecovering").ok());
  EXPECT_FALSE(endless.parser.done());
  EXPECT_TRUE(endless.parser.End().ok());
  EXPECT_EQ(endless.body, "recovering");
}

TEST(HttpResponseParserTest, RefusesWhatIsNoHttp) {
  for (const char* garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n"}) {
    Read read;
    EXPECT_EQ(read.parser.Parse(garbage).code(), absl::StatusCode::kInvalidArgument) << garbage;
  }
}

TEST(HttpResponseParserTest, HeadsAreBounded) {
  const std::string endless(100'000, 'x');
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nA: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a="}) {
    Read read;
    ASSERT_TRUE(read.parser.Parse(head).ok());
    absl::Status status;
    for (size_t i = 0; i < endless.size() && status.ok(); i += 100) {
      status = read.parser.Parse(endless.substr(i, 100));
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << head;
  }
}

}  // namespace
}  // namespace mesos_executor::agent
