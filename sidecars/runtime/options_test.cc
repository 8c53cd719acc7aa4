#include "sidecars/runtime/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;

const SidecarInfo kInfo = {"consul-registrar", "registers tasks",
                           "  CONSUL_HTTP_ADDR  where Consul is\n"};

absl::StatusOr<Options> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "consul-registrar");
  return ParseOptions(arguments.size(), arguments.data(), kInfo);
}

TEST(OptionsTest, TheDefaultsAreThoseOfAHostDaemon) {
  const auto options = Parse({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->socket, "/run/mesos-executor/consul-registrar.sock");
  EXPECT_EQ(options->state_directory, "/var/lib/mesos-executor/consul-registrar");
  EXPECT_EQ(options->lease, absl::Seconds(30));
  EXPECT_EQ(options->group, std::nullopt);
  EXPECT_EQ(options->metrics, std::nullopt);
  EXPECT_EQ(options->private_fd, std::nullopt);
  EXPECT_EQ(options->settings_fd, std::nullopt);
  EXPECT_FALSE(options->take_over || options->allow_foreign_peers);
  EXPECT_FALSE(options->debug || options->version || options->help);
}

TEST(OptionsTest, EachOptionIsRead) {
  const auto host =
      Parse({"--socket", "/s", "--state-dir=/d", "--lease", "1m30s", "--group", "g", "--debug",
             "--metrics", "127.0.0.1:9100", "--take-over", "--allow-foreign-peers"});
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_EQ(host->socket, "/s");
  EXPECT_EQ(host->state_directory, "/d");
  EXPECT_EQ(host->lease, absl::Seconds(90));
  EXPECT_EQ(host->group, "g");
  EXPECT_TRUE(host->debug && host->take_over && host->allow_foreign_peers);
  EXPECT_EQ(host->metrics, Endpoint(TcpEndpoint{"127.0.0.1", 9100}));

  const auto private_mode = Parse({"--private", "3", "--settings-fd", "4"});
  ASSERT_TRUE(private_mode.ok()) << private_mode.status();
  EXPECT_EQ(private_mode->private_fd, 3);
  EXPECT_EQ(private_mode->settings_fd, 4);
  EXPECT_EQ(private_mode->descriptors_fd, std::nullopt);
  EXPECT_EQ(Parse({"--private", "3", "--descriptors-fd", "5"})->descriptors_fd, 5);
}

TEST(OptionsTest, EachMistakeIsNamed) {
  struct Case {
    std::vector<const char*> arguments;
    const char* words;
  };
  const Case cases[] = {
      {{"--no-such-option"}, "no-such-option"},
      {{"--sock", "/s"}, "sock"},
      {{"word"}, "positional"},
      {{"--lease", "soon"}, "--lease"},
      {{"--lease", "9.9s"}, "between 10s and 24h"},
      {{"--lease", "100h"}, "between"},
      {{"--private", "x"}, "--private"},
      {{"--settings-fd", "-1"}, "--settings-fd"},
      {{"--descriptors-fd", "five"}, "--descriptors-fd"},
      {{"--socket"}, "--socket"},
      {{"--socket", "/a", "--socket", "/b"}, "--socket"},
      {{"--metrics", "0.0.0.0:9100"}, "--metrics: \"0.0.0.0:9100\" can be reached"},
      {{"--private", "3", "--metrics", "unix:/m"}, "no meaning"},
      {{"--private", "3", "--take-over"}, "--take-over has no meaning"},
      {{"--private", "3", "--socket", "/s"}, "no meaning"},
      {{"--private", "3", "--state-dir", "/d"}, "no meaning"},
  };
  for (const Case& c : cases) {
    const auto options = Parse(c.arguments);
    EXPECT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << c.arguments[0];
    EXPECT_THAT(std::string(options.status().message()), HasSubstr(c.words));
  }
}

TEST(OptionsTest, HelpSaysWhatItIsAndWhatConfiguresIt) {
  const std::string help = HelpText(kInfo);
  for (const char* words :
       {"registers tasks", "--state-dir", "30s", "CONSUL_HTTP_ADDR  where Consul is"}) {
    EXPECT_THAT(help, HasSubstr(words));
  }
}

}  // namespace
}  // namespace mesos_executor::sidecar
