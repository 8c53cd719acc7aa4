#include "sidecars/log_shipper/outputs/file_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

using ::testing::IsEmpty;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

class FileOutputTest : public ::testing::Test {
 protected:
  FileOutputTest() {
    signal(SIGPIPE, SIG_IGN);  // As in all our processes.
    std::string folder = ::testing::TempDir() + "/file_output_XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~FileOutputTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<FileOutput> NewOutput(const std::string& path) {
    return std::make_unique<FileOutput>(&loop_, path, &listener_);
  }
  bool RunUntil(const std::function<bool()>& condition) {
    return log_shipper::RunUntil(&loop_, condition);
  }

  AsioEventLoop loop_;
  RecordingListener listener_;
  std::string folder_;
};

TEST_F(FileOutputTest, EntriesAreAppended) {
  const std::string path = folder_ + "/entries";
  std::ofstream(path) << "old\n";
  const auto output = NewOutput(path);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\n");
  output->Send("two\n");
  EXPECT_TRUE(RunUntil([&] { return output->written() == 8; }));
  EXPECT_EQ(ReadFile(path), "old\none\ntwo\n");
  EXPECT_EQ(listener_.ready, 1);
}

TEST_F(FileOutputTest, AFolderThatIsMissingIsWaitedFor) {
  const auto output = NewOutput(folder_ + "/later/entries");
  bool passed = false;
  const auto while_away = loop_.After(absl::Milliseconds(100), [&] { passed = true; });
  ASSERT_TRUE(RunUntil([&] { return passed; }));
  EXPECT_FALSE(output->ready());
  std::filesystem::create_directory(folder_ + "/later");
  EXPECT_TRUE(RunUntil([&] { return output->ready(); }));
}

TEST_F(FileOutputTest, AFullDiskIsWaitedFor) {
  const auto output = NewOutput("/dev/full");
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  output->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return !output->ready(); }));
  EXPECT_EQ(output->written(), 0u);
}

TEST_F(FileOutputTest, AFullPipeIsToldAndNotWaitedFor) {
  const std::string path = folder_ + "/fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto output = NewOutput(path);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  const std::string sent(2 << 20, 'x');
  output->Send(sent);
  EXPECT_FALSE(output->ready());
  std::string received(3 << 20, '\0');
  size_t length = 0;
  EXPECT_TRUE(RunUntil([&] {
    const ssize_t count = read(reader.get(), received.data() + length, received.size() - length);
    if (count > 0) length += static_cast<size_t>(count);
    return output->ready() && length == sent.size();
  }));
  EXPECT_EQ(output->written(), sent.size());
}

TEST_F(FileOutputTest, TheNextReaderOfAPipeBeginsWithAnEntry) {
  const std::string path = folder_ + "/fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto output = NewOutput(path);
  ASSERT_TRUE(RunUntil([&] { return output->ready(); }));
  // More than a pipe holds (64 KiB by default).
  output->Send("first\n" + std::string(1 << 20, 'x') + "\n");
  ASSERT_TRUE(RunUntil([&] { return output->written() == 6; }));
  reader.Reset();
  bool passed = false;
  const auto while_away = loop_.After(absl::Milliseconds(100), [&] { passed = true; });
  ASSERT_TRUE(RunUntil([&] { return passed; }));
  reader = UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  char first = 0;
  ASSERT_TRUE(RunUntil([&] { return read(reader.get(), &first, 1) == 1; }));
  EXPECT_EQ(first, 'x');
  size_t length = 1;
  std::string rest(64 << 10, '\0');
  EXPECT_TRUE(RunUntil([&] {
    const ssize_t count = read(reader.get(), rest.data(), rest.size());
    if (count > 0) length += static_cast<size_t>(count);
    return length == (1u << 20) + 1;
  }));
  EXPECT_TRUE(RunUntil([&] { return output->written() == (1u << 20) + 7; }));
}

// A socket can't be opened by /proc.
TEST_F(FileOutputTest, AStdoutThatCannotBeOpenedAnewIsNotWaitedForEither) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const UniqueFd kept(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  ASSERT_EQ(dup2(writer.get(), STDOUT_FILENO), STDOUT_FILENO);
  writer.Reset();
  const auto output = NewOutput(std::string(FileOutput::kStdout));
  const bool was_ready = RunUntil([&] { return output->ready(); });
  ASSERT_EQ(dup2(kept.get(), STDOUT_FILENO), STDOUT_FILENO);
  ASSERT_TRUE(was_ready);
  // More than the socket holds.
  output->Send(std::string(1 << 20, 'x') + "\n");
  size_t length = 0;
  std::string bytes(64 << 10, '\0');
  EXPECT_TRUE(RunUntil([&] {
    const ssize_t count = recv(reader.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) length += static_cast<size_t>(count);
    return length == (1 << 20) + 1;
  }));
  EXPECT_TRUE(RunUntil([&] { return output->ready() && output->written() == length; }));
}

TEST_F(FileOutputTest, DestroyedWhileItWaitsItCallsNobody) {
  auto output = NewOutput(folder_ + "/entries");
  output.reset();
  int turn = 0;
  ASSERT_TRUE(RunUntil([&] { return ++turn > 5; }));
  EXPECT_EQ(listener_.ready, 0);
  EXPECT_THAT(listener_.broken, IsEmpty());
}

}  // namespace
}  // namespace mesos_executor::log_shipper
