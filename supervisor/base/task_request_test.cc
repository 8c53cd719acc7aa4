#include "supervisor/base/task_request.h"

#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

TEST(TaskRequestTest, From200To399IsASuccess) {
  for (const int status : {200, 299, 300, 399}) {
    EXPECT_TRUE(JudgeAnswer({.status = status}).ok()) << status;
  }
  for (const int status : {199, 400, 599}) {
    EXPECT_EQ(JudgeAnswer({.status = status}),
              absl::FailedPreconditionError("status " + std::to_string(status)));
  }
}

TEST(TaskRequestTest, WaitsForTheAnswerAndCutsItsBody) {
  const HttpRequest request = NewTaskRequest({"127.0.0.1", 80}, "/health");
  EXPECT_EQ(EndpointName(request.endpoint), "127.0.0.1:80");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/health");
  EXPECT_EQ(request.timeout, absl::InfiniteDuration());
  EXPECT_TRUE(request.cut_long_body);
}

}  // namespace
}  // namespace mesos_executor
