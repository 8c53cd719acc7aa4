#include "supervisor/task/wait_status.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

namespace mesos_executor::task {
namespace {

TEST(WaitStatusTest, SaysHowAProcessEnded) {
  EXPECT_EQ(DescribeWaitStatus(W_EXITCODE(0, 0)), "Command exited with status 0");
  EXPECT_EQ(DescribeWaitStatus(W_EXITCODE(3, 0)), "Command exited with status 3");
  EXPECT_EQ(DescribeWaitStatus(SIGKILL), "Command terminated with signal Killed");
  EXPECT_EQ(DescribeWaitStatus(SIGSEGV | WCOREFLAG),
            "Command terminated with signal Segmentation fault (core dumped)");
  EXPECT_EQ(DescribeWaitStatus(SIGRTMIN + 1), "Command terminated with signal 35");
}

}  // namespace
}  // namespace mesos_executor::task
