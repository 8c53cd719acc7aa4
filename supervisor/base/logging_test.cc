#include "supervisor/base/logging.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;

std::string ReadAll(int fd) {
  std::string all;
  char piece[65536];
  for (ssize_t got; (got = read(fd, piece, sizeof(piece))) > 0;) all.append(piece, got);
  return all;
}

TEST(LoggingTest, APipeThatNobodyReadsLosesLinesAndDelaysNobody) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]), writer(ends[1]);
  ASSERT_EQ(fcntl(reader.get(), F_SETFL, O_NONBLOCK), 0);
  ASSERT_EQ(dup2(writer.get(), STDERR_FILENO), STDERR_FILENO);
  StartLogging("logging_test", false);

  LOG(INFO) << "first";
  // More than any pipe holds: a logger that waited would be stuck here.
  for (int i = 0; i < 3000; ++i) LOG(INFO) << std::string(1000, 'x');
  const std::string before = ReadAll(reader.get());
  EXPECT_THAT(before, HasSubstr("logging_test.cc:"));
  EXPECT_THAT(before, HasSubstr("] first\n"));
  LOG(INFO) << "last";
  EXPECT_THAT(
      ReadAll(reader.get()),
      ::testing::ContainsRegex("W [0-9]+ lines of the log are lost: nobody read them\n.*] last\n"));
}

}  // namespace
}  // namespace mesos_executor
