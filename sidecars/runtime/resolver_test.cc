#include "sidecars/runtime/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace mesos_executor::sidecar {
namespace {

using ::testing::ElementsAre;

absl::StatusOr<std::vector<std::string>> Resolve(const std::string& host) {
  AsioEventLoop loop;
  const auto resolver = NewResolver(&loop);
  std::optional<absl::StatusOr<std::vector<std::string>>> result;
  const auto asked =
      resolver->Resolve(host, [&](absl::StatusOr<std::vector<std::string>> addresses) {
        result = std::move(addresses);
        loop.Stop();
      });
  EXPECT_FALSE(result.has_value()) << "called back too early";
  const auto watchdog = loop.After(absl::Seconds(60), [&] { loop.Stop(); });
  loop.Run();
  return result.value_or(absl::DeadlineExceededError("no answer within a minute"));
}

TEST(ResolverTest, AddressesAndLocalhostNeedNoAsking) {
  EXPECT_THAT(Resolve("127.0.0.1").value(), ElementsAre("127.0.0.1"));
  EXPECT_THAT(Resolve("::1").value(), ElementsAre("::1"));
  EXPECT_THAT(Resolve("localhost").value(), ElementsAre("127.0.0.1"));
}

// Longer than DNS allows, so that nobody is asked.
TEST(ResolverTest, ANameThatCannotBeResolvedIsUnavailableAndNamed) {
  const std::string host(64, 'x');
  const auto result = Resolve(host);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(result.status().message().find(host), std::string::npos);
}

TEST(ResolverTest, ADestroyedQuestionIsNeverAnswered) {
  AsioEventLoop loop;
  const auto resolver = NewResolver(&loop);
  resolver->Resolve("127.0.0.1", [](const auto&) { FAIL(); }).reset();
  const auto last = resolver->Resolve("127.0.0.1", [&](const auto&) { loop.Stop(); });
  loop.Run();
}

}  // namespace
}  // namespace mesos_executor::sidecar
