#include "sidecars/log_shipper/executor_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <string>

namespace mesos_executor::log_shipper {
namespace {

struct Ends {
  UniqueFd reader;
  UniqueFd writer;
};

Ends Pipe() {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string ReadSome(int fd) {
  std::string text(1 << 20, '\0');
  const ssize_t size = read(fd, text.data(), text.size());
  text.resize(size < 0 ? 0 : size);
  return text;
}

UniqueFd Duplicate(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

TEST(ExecutorOutputTest, AFullPipeDropsLinesAndNeverWaits) {
  const Ends ends = Pipe();
  const auto output = OpenExecutorOutput(Duplicate(ends.writer.get()));
  ASSERT_TRUE(output.ok()) << output.status();
  const std::string line(1000, 'x');
  int written = 0;
  while ((*output)->Write(line)) ++written;
  EXPECT_GT(written, 0);
  EXPECT_FALSE((*output)->Write(line));
  ReadSome(ends.reader.get());
  EXPECT_TRUE((*output)->Write(line)) << "there is room again";
}

TEST(ExecutorOutputTest, OthersWhoShareThePipeStillWaitForItsReader) {
  const Ends ends = Pipe();
  const auto output = OpenExecutorOutput(Duplicate(ends.writer.get()));
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(fcntl(ends.writer.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(ExecutorOutputTest, ALineThatFitsOnlyInPartIsFinishedBeforeTheNext) {
  const Ends ends = Pipe();
  const auto output = OpenExecutorOutput(Duplicate(ends.writer.get()));
  ASSERT_TRUE(output.ok()) << output.status();
  // Longer than the pipe, which takes as much of it as it can.
  const std::string longer(200'000, 'x');
  EXPECT_TRUE((*output)->Write(longer));
  EXPECT_FALSE((*output)->Write("dropped"));
  std::string all;
  while (!(*output)->Write("next")) all += ReadSome(ends.reader.get());
  while (all.size() < longer.size() + 6) all += ReadSome(ends.reader.get());
  EXPECT_EQ(all, longer + "\nnext\n");
}

TEST(ExecutorOutputTest, AFileIsAppendedTo) {
  const UniqueFd file(memfd_create("stdout", MFD_CLOEXEC));
  ASSERT_EQ(write(file.get(), "agent\n", 6), 6);
  const auto output = OpenExecutorOutput(Duplicate(file.get()));
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_TRUE((*output)->Write("line"));
  char text[64];
  const ssize_t size = pread(file.get(), text, sizeof(text), 0);
  EXPECT_EQ(std::string(text, size), "agent\nline\n");
}

TEST(ExecutorOutputTest, ASocketIsNotWaitedForAndWhereNobodyReadsLinesAreDropped) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd reader(ends[0]);
  const auto output = OpenExecutorOutput(UniqueFd(ends[1]));
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_TRUE((*output)->Write("line"));
  EXPECT_EQ(ReadSome(reader.get()), "line\n");
  while ((*output)->Write(std::string(10'000, 'x'))) {
  }
  reader.Reset();
  EXPECT_FALSE((*output)->Write("line"));
}

TEST(ExecutorOutputTest, APipeThatNobodyReadsAnyMoreDropsLines) {
  signal(SIGPIPE, SIG_IGN);
  Ends ends = Pipe();
  const auto output = OpenExecutorOutput(std::move(ends.writer));
  ASSERT_TRUE(output.ok()) << output.status();
  ends.reader.Reset();
  EXPECT_FALSE((*output)->Write("line"));
}

TEST(ExecutorOutputTest, WhatItsSenderMayOnlyReadIsRefused) {
  std::string path = "/tmp/output.XXXXXX";
  const UniqueFd made(mkstemp(path.data()));
  for (const int flags : {O_RDONLY, O_PATH}) {
    EXPECT_EQ(OpenExecutorOutput(UniqueFd(open(path.c_str(), flags))).status().code(),
              absl::StatusCode::kPermissionDenied);
  }
  unlink(path.c_str());
  Ends ends = Pipe();
  EXPECT_EQ(OpenExecutorOutput(std::move(ends.reader)).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(ExecutorOutputTest, ADeviceIsRefused) {
  EXPECT_EQ(OpenExecutorOutput(UniqueFd(open("/dev/null", O_WRONLY))).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
