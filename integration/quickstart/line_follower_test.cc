#include "integration/quickstart/line_follower.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::quickstart {
namespace {

class LineFollowerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/followed.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto follower = LineFollower::Follow(&loop_, folder_, "f", [this](absl::string_view line) {
      lines_.emplace_back(line);
      if (lines_.size() == wanted_) loop_.Stop();
    });
    ASSERT_TRUE(follower.ok()) << follower.status();
    follower_ = *std::move(follower);
  }

  void Append(const std::string& text) {
    const UniqueFd file(open((folder_ + "/f").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
    ASSERT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // Runs the loop until so many lines have come. Once a test.
  void AwaitLines(size_t count) {
    wanted_ = count;
    const auto watchdog = loop_.After(absl::Seconds(60), [this] { loop_.Stop(); });
    loop_.Run();
    ASSERT_EQ(lines_.size(), count);
  }

  AsioEventLoop loop_;
  std::string folder_;
  std::vector<std::string> lines_;
  size_t wanted_ = 0;
  std::unique_ptr<LineFollower> follower_;
};

TEST_F(LineFollowerTest, AFileThatComesLaterIsFollowed) {
  loop_.Post([this] { Append("one\ntwo\n"); });
  AwaitLines(2);
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
}

TEST_F(LineFollowerTest, HalfALineWaitsForItsEnd) {
  Append("one\ntw");
  follower_->CatchUp();
  EXPECT_EQ(lines_, std::vector<std::string>{"one"});
  loop_.Post([this] { Append("o\n"); });
  AwaitLines(2);
  EXPECT_EQ(lines_.back(), "two");
}

TEST_F(LineFollowerTest, CatchUpNeedsNoNotification) {
  Append("one\n");
  follower_->CatchUp();
  follower_->CatchUp();
  EXPECT_EQ(lines_, std::vector<std::string>{"one"});
}

TEST_F(LineFollowerTest, ALineWithoutBoundIsSkippedAndTheNextIsRead) {
  Append(std::string(200'000, 'x') + "\nnext\n");
  follower_->CatchUp();
  EXPECT_EQ(lines_, std::vector<std::string>{"next"});
}

TEST(LineFollowerErrorTest, AFolderThatIsMissingIsNamed) {
  AsioEventLoop loop;
  const auto follower =
      LineFollower::Follow(&loop, "/no/such/folder", "f", [](absl::string_view) {});
  ASSERT_FALSE(follower.ok());
  EXPECT_NE(follower.status().message().find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::quickstart
